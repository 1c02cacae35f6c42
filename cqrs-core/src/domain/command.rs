//! Commands: what somebody wants to happen, and may be refused.

use serde::{Deserialize, Serialize};

use super::aggregate::Aggregate;
use super::root::Root;

/// What somebody wants to happen. Derived.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    label = "this type is not a command",
    note = "write `#[derive(Command)]` and `#[command(aggregate = …)]` on `{Self}`"
)]
pub trait Command: Sized + Send + Sync + 'static {
    /// The name in spans, metrics and receipts.
    const NAME: &'static str;

    /// What the sender gets back. Kept with the receipt when the command has an idempotency key.
    type Reply: Serialize + for<'de> Deserialize<'de> + Send + 'static;

    /// Why the command can be refused.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Who decides: [`ByAggregate`] or [`ByHandler`].
    type Route;
}

/// The route of a command that one aggregate decides.
#[derive(Clone, Copy, Debug)]
pub enum ByAggregate {}

/// The route of a command that a registered command handler decides.
#[derive(Clone, Copy, Debug)]
pub enum ByHandler {}

/// A command that one aggregate decides. Derived with `#[command(aggregate = …)]`.
pub trait AggregateCommand:
    Command<Route = ByAggregate, Error = <Self::Aggregate as Aggregate>::Error>
{
    /// Who decides.
    type Aggregate: Aggregate;

    /// Which one decides: the field that is marked `#[id]`.
    fn aggregate_id(&self) -> &<Self::Aggregate as Aggregate>::Id;

    /// Whether the aggregate must exist already.
    fn lifecycle(&self) -> Lifecycle;
}

/// Whether the aggregate of a command must exist already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lifecycle {
    /// It must not exist: `#[command(creates)]`.
    Creates,
    /// It must exist. What the derive takes where nothing is said.
    Exists,
    /// Both are fine: `#[command(any)]`.
    Any,
}

/// How an aggregate decides about a command.
///
/// It is synchronous and has no services: it may run again after a conflict, so it takes the command by reference and
/// gets the time and new ids from the [`Root`]. What needs I/O before deciding is a command handler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how it handles `{C}`",
    label = "`Handle<{C}>` is missing",
    note = "write `impl Handle<{C}> for {Self} {{ fn handle(command: &{C}, root: &mut Root<Self>) -> Result<…, …> {{ … }} }}`"
)]
pub trait Handle<C: Command>: Aggregate {
    /// Decides: emits events and replies, or says why not.
    ///
    /// # Errors
    ///
    /// The domain's reason. Nothing is recorded then, whatever was emitted before.
    fn handle(command: &C, root: &mut Root<Self>) -> Result<C::Reply, Self::Error>;
}
