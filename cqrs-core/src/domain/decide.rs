//! A decision: a command meets an aggregate.

use super::command::{AggregateCommand, Handle, Lifecycle};
use super::root::Root;

/// Why an aggregate did not do what a command wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal<E> {
    /// The domain said no.
    Rejected(E),
    /// The aggregate has no events, and the command does not create it.
    NotFound,
    /// The aggregate has events, and the command creates it.
    AlreadyExists,
}

/// Lets the aggregate decide: first whether it must exist, then by its own rules. What it emits stays in `root`.
///
/// # Errors
///
/// [`Refusal`] says who refused. The root is spent then: what it holds must not be recorded.
pub fn decide<C>(command: &C, root: &mut Root<C::Aggregate>) -> Result<C::Reply, Refusal<C::Error>>
where
    C: AggregateCommand,
    C::Aggregate: Handle<C>,
{
    match command.lifecycle() {
        Lifecycle::Creates if root.exists() => Err(Refusal::AlreadyExists),
        Lifecycle::Exists if !root.exists() => Err(Refusal::NotFound),
        Lifecycle::Creates | Lifecycle::Exists | Lifecycle::Any => {
            <C::Aggregate as Handle<C>>::handle(command, root).map_err(Refusal::Rejected)
        }
    }
}
