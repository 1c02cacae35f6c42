//! Sets of commands that can be kept and sent later: what process managers and event handlers stage.

use std::future::Future;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::app::Cqrs;
use super::closed_key;
use super::command_error::CommandError;
use super::dispatch::Dispatch;
use super::processor::described;
use crate::domain::command::Command;
use crate::domain::event_handler::NoCommands;
use crate::domain::process_manager::Rejection;
use crate::ports::staged::StagedCommand;
use crate::words::idempotency_key::IdempotencyKey;
use crate::words::metadata::Metadata;

/// Several kinds of commands as one type that can be kept as JSON and sent after a restart.
///
/// ```
/// # use cqrs_core::domain::command::{ByHandler, Command};
/// # use cqrs_core::runtime::command_set::{CommandDelivery, CommandSet, Sent};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # pub struct Withdraw;
/// # impl Command for Withdraw {
/// #     const NAME: &'static str = "Withdraw";
/// #     type Reply = ();
/// #     type Error = std::convert::Infallible;
/// #     type Route = ByHandler;
/// # }
/// # type Deposit = Withdraw;
/// #[derive(Serialize, Deserialize)]
/// pub enum TransferCommand {
///     Withdraw(Withdraw),
///     Deposit(Deposit),
/// }
///
/// impl CommandSet for TransferCommand {
///     async fn deliver(self, delivery: CommandDelivery) -> Sent {
///         match self {
///             Self::Withdraw(command) => delivery.send(command).await,
///             Self::Deposit(command) => delivery.send(command).await,
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of commands",
    label = "this type can't be kept and sent later",
    note = "write `impl CommandSet for {Self}` on an enum of commands with `#[derive(Serialize, Deserialize)]`"
)]
pub trait CommandSet: Serialize + for<'de> Deserialize<'de> + Send + Sync + 'static {
    /// Whether there is anything to send. `false` only for [`NoCommands`].
    #[doc(hidden)]
    const CAN_BE_SENT: bool = true;

    /// Sends the command that it is.
    fn deliver(self, delivery: CommandDelivery) -> impl Future<Output = Sent> + Send;
}

impl CommandSet for NoCommands {
    const CAN_BE_SENT: bool = false;

    async fn deliver(self, _: CommandDelivery) -> Sent {
        match self {}
    }
}

/// Sends one staged command, under its own idempotency key.
#[derive(Debug)]
pub struct CommandDelivery {
    cqrs: Cqrs,
    key: IdempotencyKey,
    metadata: Metadata,
}

/// What became of a staged command.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sent {
    /// It was done, now or before.
    Done,
    /// It was refused for good.
    Rejected(Rejection),
    /// It could not be sent; whether it was done may be unknown. It is sent again, under the same key.
    Failed {
        /// The error with all its causes, as text.
        error: String,
    },
}

impl CommandDelivery {
    /// Sends it.
    pub async fn send<C>(self, command: C) -> Sent
    where
        C: Command,
        C::Route: Dispatch<C>,
    {
        let mut envelope = self.cqrs.envelope();
        envelope.idempotency_key = Some(self.key.clone());
        envelope.metadata = Arc::new(self.metadata);
        let rejection = match self.cqrs.send(command).within(envelope).await {
            Ok(_receipt) => return Sent::Done,
            Err(CommandError::Rejected(reason)) => Rejection::Rejected {
                reason: described(&reason),
            },
            Err(CommandError::NotFound { stream }) => Rejection::NotFound { stream },
            Err(CommandError::AlreadyExists { stream }) => Rejection::AlreadyExists { stream },
            Err(error) => {
                return match closed_key::find(&self.cqrs, &self.key).await {
                    Some(rejection) => Sent::Rejected(rejection),
                    None => Sent::Failed {
                        error: described(&error),
                    },
                };
            }
        };
        closed_key::close(&self.cqrs, self.key, rejection).await
    }
}

/// Sends a staged command of this set.
pub(super) async fn send_staged<C: CommandSet>(cqrs: &Cqrs, staged: &StagedCommand) -> Sent {
    let command: C = match staged.command.decode() {
        Ok(command) => command,
        Err(error) => {
            return Sent::Failed {
                error: described(&error),
            };
        }
    };
    let delivery = CommandDelivery {
        cqrs: cqrs.clone(),
        key: staged.id.into(),
        metadata: staged.metadata.clone(),
    };
    command.deliver(delivery).await
}
