//! A transfer as an aggregate: who wants what moved, and how it ended. `transfer_process.rs` does it.

use std::convert::Infallible;

use cqrs_core::prelude::*;
use uuid::Uuid;

use crate::account::AccountId;
use crate::transfer_past::TransferSettledV1;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TransferId(Uuid);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "transfer.requested")]
pub struct TransferRequested {
    pub from: AccountId,
    pub to: AccountId,
    pub amount: u32,
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "transfer.settled", version = 2, previous = TransferSettledV1)]
pub struct TransferSettled {
    pub outcome: Outcome,
}

/// How a transfer ended.
#[derive(EventField, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub enum Outcome {
    Done,
    /// The first account did not pay: nothing was moved.
    Refused {
        reason: String,
    },
    /// The second account did not take it: the first has it back.
    GivenBack {
        reason: String,
    },
    /// Nobody takes it: a person has to look.
    Stuck {
        reason: String,
    },
}

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "transfer", id = TransferId, error = Infallible)]
#[aggregate(events(TransferRequested, TransferSettled))]
pub struct Transfer {
    pub outcome: Option<Outcome>,
}

impl Apply<TransferRequested> for Transfer {}

impl Apply<TransferSettled> for Transfer {
    fn apply(&mut self, event: &TransferSettled) {
        self.outcome = Some(event.outcome.clone());
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Transfer, creates)]
pub struct RequestTransfer {
    #[id]
    pub transfer: TransferId,
    pub from: AccountId,
    pub to: AccountId,
    pub amount: u32,
}

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(aggregate = Transfer)]
pub struct SettleTransfer {
    #[id]
    pub transfer: TransferId,
    pub outcome: Outcome,
}

impl Handle<RequestTransfer> for Transfer {
    fn handle(command: &RequestTransfer, transfer: &mut Root<Self>) -> Result<(), Infallible> {
        let RequestTransfer {
            from, to, amount, ..
        } = *command;
        transfer.emit(TransferRequested { from, to, amount });
        Ok(())
    }
}

impl Handle<SettleTransfer> for Transfer {
    fn handle(command: &SettleTransfer, transfer: &mut Root<Self>) -> Result<(), Infallible> {
        let outcome = command.outcome.clone();
        transfer.emit(TransferSettled { outcome });
        Ok(())
    }
}
