//! What the tests of process managers run: transfers between the accounts of the bank.

use std::time::Duration;

use cqrs_core::domain::process_manager::{ProcessManager, Reactions, Rejection};
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_set::{CommandDelivery, CommandSet, Sent};
use cqrs_core::words::event::Recorded;
use cqrs_core::words::processor::{ProcessorName, TimerName};
use cqrs_core::words::start::StartFrom;

use super::bank::{AccountId, Deposit, Withdraw};

pub(super) const MOVING: ProcessorName = ProcessorName::from_static("moving");

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TransferId(pub u64);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) enum TransferEvent {
    #[event(name = "transfer.requested")]
    Requested { from: u64, to: u64, amount: i64 },
    #[event(name = "transfer.settled")]
    Settled { outcome: String },
}

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "transfer", id = TransferId, error = std::convert::Infallible, event = TransferEvent)]
pub(super) struct Transfer {
    pub outcomes: Vec<String>,
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
pub(super) struct Request {
    #[id]
    pub transfer: TransferId,
    pub from: u64,
    pub to: u64,
    pub amount: i64,
}

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(aggregate = Transfer)]
pub(super) struct Settle {
    #[id]
    pub transfer: TransferId,
    pub outcome: String,
}

impl Handle<Request> for Transfer {
    fn handle(
        command: &Request,
        transfer: &mut Root<Self>,
    ) -> Result<(), std::convert::Infallible> {
        let Request {
            from, to, amount, ..
        } = *command;
        transfer.emit(TransferEvent::Requested { from, to, amount });
        Ok(())
    }
}

impl Handle<Settle> for Transfer {
    fn handle(command: &Settle, transfer: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
        transfer.emit(TransferEvent::Settled {
            outcome: command.outcome.clone(),
        });
        Ok(())
    }
}

/// What a transfer reads.
#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) enum MovingEvent {
    #[event(name = "transfer.requested")]
    Requested { from: u64, to: u64, amount: i64 },
    #[event(name = "account.withdrawn")]
    Withdrawn { transfer: Option<u64> },
    #[event(name = "account.deposited")]
    Deposited { transfer: Option<u64> },
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) enum MovingCommand {
    Withdraw(Withdraw),
    Deposit(Deposit),
    Settle(Settle),
}

impl CommandSet for MovingCommand {
    async fn deliver(self, delivery: CommandDelivery) -> Sent {
        match self {
            Self::Withdraw(command) => delivery.send(command).await,
            Self::Deposit(command) => delivery.send(command).await,
            Self::Settle(command) => delivery.send(command).await,
        }
    }
}

/// Takes from one account and gives to the other; gives back when the other one refuses.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
pub(super) struct Moving {
    pub id: u64,
    pub from: u64,
    pub to: u64,
    pub amount: i64,
    pub gives_back: bool,
}

pub(super) const TIME_OUT: TimerName = TimerName::from_static("time-out");

impl Moving {
    fn settle(&self, outcome: &str, reactions: &mut Reactions<MovingCommand>) {
        let (transfer, outcome) = (TransferId(self.id), outcome.to_owned());
        reactions.send(MovingCommand::Settle(Settle { transfer, outcome }));
        reactions.end();
    }

    fn give(&self, account: u64, reactions: &mut Reactions<MovingCommand>) {
        reactions.send(MovingCommand::Deposit(Deposit {
            account: AccountId(account),
            amount: self.amount,
            transfer: Some(self.id),
        }));
    }
}

impl ProcessManager for Moving {
    const NAME: ProcessorName = MOVING;
    const START: StartFrom = StartFrom::Beginning;
    type Event = MovingEvent;
    type Command = MovingCommand;
    type Key = u64;

    fn correlate(event: &Recorded<MovingEvent>) -> Option<u64> {
        match &event.event {
            MovingEvent::Requested { .. } => event.id(),
            MovingEvent::Withdrawn { transfer } | MovingEvent::Deposited { transfer } => *transfer,
        }
    }

    fn react(&mut self, event: &Recorded<MovingEvent>, reactions: &mut Reactions<MovingCommand>) {
        match event.event {
            MovingEvent::Requested { from, to, amount } => {
                let id = event.id().unwrap_or_default();
                *self = Self {
                    id,
                    from,
                    to,
                    amount,
                    gives_back: false,
                };
                reactions.send(MovingCommand::Withdraw(Withdraw {
                    account: AccountId(from),
                    amount,
                    transfer: Some(id),
                }));
                let late = MovingCommand::Settle(Settle {
                    transfer: TransferId(id),
                    outcome: "late".into(),
                });
                reactions.set_timer(TIME_OUT, Duration::from_hours(1), late);
            }
            MovingEvent::Withdrawn { .. } => self.give(self.to, reactions),
            MovingEvent::Deposited { .. } if self.gives_back => {
                self.settle("given back", reactions);
            }
            MovingEvent::Deposited { .. } => self.settle("done", reactions),
        }
    }

    fn rejected(
        &mut self,
        command: &MovingCommand,
        rejection: &Rejection,
        reactions: &mut Reactions<MovingCommand>,
    ) {
        match command {
            MovingCommand::Withdraw(_) => {
                self.settle(&format!("refused: {rejection}"), reactions);
            }
            MovingCommand::Deposit(_) => {
                self.gives_back = true;
                self.give(self.from, reactions);
            }
            MovingCommand::Settle(_) => {}
        }
    }
}

pub(super) async fn request(cqrs: &Cqrs, transfer: u64, from: u64, to: u64, amount: i64) {
    let requested = cqrs
        .send(Request {
            transfer: TransferId(transfer),
            from,
            to,
            amount,
        })
        .await;
    let _ = requested.expect("a transfer is requested");
}

/// How the transfer was settled, each time that it was.
pub(super) async fn outcomes(cqrs: &Cqrs, transfer: u64) -> Vec<String> {
    let root = cqrs
        .repository::<Transfer>()
        .load(&TransferId(transfer))
        .await;
    root.expect("a transfer can be loaded")
        .into_state()
        .outcomes
}
