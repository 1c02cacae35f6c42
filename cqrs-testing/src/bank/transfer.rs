//! Transfers: what was asked for, and each outcome.

use std::convert::Infallible;
use std::fmt;

use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TransferId(pub u64);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub enum TransferEvent {
    #[event(name = "transfer.requested")]
    Requested { from: u64, to: u64, amount: i64 },
    #[event(name = "transfer.settled")]
    Settled { outcome: Outcome },
}

/// How a transfer ended.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Withdrawn, and deposited.
    Done,
    /// Withdrawn, and given back since the deposit was refused.
    GivenBack,
    /// Not withdrawn, with the reason.
    Refused(String),
    /// It took too long.
    Late,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::GivenBack => f.write_str("given back"),
            Self::Refused(reason) => write!(f, "refused: {reason}"),
            Self::Late => f.write_str("late"),
        }
    }
}

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "transfer", id = TransferId, error = Infallible, event = TransferEvent)]
pub struct Transfer {
    /// How it was settled, each time that it was.
    pub outcomes: Vec<Outcome>,
}

impl Apply<TransferEvent> for Transfer {
    fn apply(&mut self, event: &TransferEvent) {
        if let TransferEvent::Settled { outcome } = event {
            self.outcomes.push(outcome.clone());
        }
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Transfer, creates)]
pub struct Request {
    #[id]
    pub transfer: TransferId,
    pub from: u64,
    pub to: u64,
    pub amount: i64,
}

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(aggregate = Transfer)]
pub struct Settle {
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
        let outcome = command.outcome.clone();
        transfer.emit(TransferEvent::Settled { outcome });
        Ok(())
    }
}
