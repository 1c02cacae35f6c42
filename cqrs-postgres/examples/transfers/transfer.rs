//! Transfers: what was asked for, and each outcome.

use std::convert::Infallible;

use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TransferId(pub u64);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) enum TransferEvent {
    #[event(name = "transfer.requested")]
    Requested { from: u64, to: u64, amount: i64 },
    #[event(name = "transfer.settled")]
    Settled { outcome: Outcome },
}

/// How a transfer ended.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Withdrawn, and deposited.
    Done,
    /// Withdrawn, and given back since the deposit was refused.
    GivenBack,
    /// Not withdrawn.
    Refused,
    /// It took too long. Never, here.
    Late,
}

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "transfer", id = TransferId, error = Infallible, event = TransferEvent)]
pub(crate) struct Transfer;

impl Apply<TransferEvent> for Transfer {
    fn apply(&mut self, _: &TransferEvent) {}
}

#[derive(Command, Debug)]
#[command(aggregate = Transfer, creates)]
pub(crate) struct Request {
    #[id]
    pub transfer: TransferId,
    pub from: u64,
    pub to: u64,
    pub amount: i64,
}

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(aggregate = Transfer)]
pub(crate) struct Settle {
    #[id]
    pub transfer: TransferId,
    pub outcome: Outcome,
}

impl Handle<Request> for Transfer {
    fn handle(command: &Request, transfer: &mut Root<Self>) -> Result<(), Infallible> {
        transfer.emit(TransferEvent::Requested {
            from: command.from,
            to: command.to,
            amount: command.amount,
        });
        Ok(())
    }
}

impl Handle<Settle> for Transfer {
    fn handle(command: &Settle, transfer: &mut Root<Self>) -> Result<(), Infallible> {
        let outcome = command.outcome;
        transfer.emit(TransferEvent::Settled { outcome });
        Ok(())
    }
}
