//! From a command's route to whoever decides it.

use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;

use super::app::Cqrs;
use super::command_error::CommandError;
use super::command_handler::send_to_handler;
use super::decision::send_to_aggregate;
use super::envelope::Envelope;
use super::receipt::Receipt;
use crate::domain::command::{AggregateCommand, ByAggregate, ByHandler, Command, Handle};

/// A command that belongs to whoever decides it; the layers of the bus share it, to try it again.
#[doc(hidden)]
#[derive(Debug)]
pub enum Held<C> {
    /// It came straight from its sender.
    Own(C),
    /// It came through the layers.
    Shared(Arc<Typed<C>>),
}

impl<C> Deref for Held<C> {
    type Target = C;

    fn deref(&self) -> &C {
        match self {
            Self::Own(command) => command,
            Self::Shared(command) => &command.0,
        }
    }
}

/// A command on its way through the layers.
#[doc(hidden)]
#[derive(Debug)]
pub struct Typed<C>(pub(super) C);

/// Brings a command to whoever decides it. Implemented for the two routes, and for nobody else.
#[diagnostic::on_unimplemented(
    message = "nobody decides `{C}`",
    label = "this command has no way to a decision",
    note = "write `#[derive(Command)]` with `#[command(aggregate = …)]` on `{C}` and `impl Handle<{C}>` for the aggregate"
)]
pub trait Dispatch<C: Command>: sealed::Sealed {
    /// Has the command decided, and its events recorded.
    #[doc(hidden)]
    fn dispatch(
        cqrs: &Cqrs,
        command: Held<C>,
        envelope: &Envelope,
    ) -> impl Future<Output = Result<Receipt<C::Reply>, CommandError<C::Error>>> + Send;
}

impl<C> Dispatch<C> for ByAggregate
where
    C: AggregateCommand,
    C::Aggregate: Handle<C>,
{
    fn dispatch(
        cqrs: &Cqrs,
        command: Held<C>,
        envelope: &Envelope,
    ) -> impl Future<Output = Result<Receipt<C::Reply>, CommandError<C::Error>>> + Send {
        send_to_aggregate(cqrs, command, envelope)
    }
}

impl<C: Command<Route = Self>> Dispatch<C> for ByHandler {
    async fn dispatch(
        cqrs: &Cqrs,
        command: Held<C>,
        envelope: &Envelope,
    ) -> Result<Receipt<C::Reply>, CommandError<C::Error>> {
        send_to_handler(cqrs, &*command, envelope).await
    }
}

mod sealed {
    use crate::domain::command::{ByAggregate, ByHandler};

    pub trait Sealed {}

    impl Sealed for ByAggregate {}
    impl Sealed for ByHandler {}
}
