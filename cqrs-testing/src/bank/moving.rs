//! The process manager: takes from one account and gives to the other; gives back when the other one refuses.

use std::time::Duration;

use cqrs_core::prelude::*;

use super::account::{AccountId, Deposit, Withdraw};
use super::transfer::{Outcome, Settle, TransferId};

/// When a transfer takes too long.
pub const TIME_OUT: TimerName = TimerName::from_static("time-out");
const GIVE: TimerName = TimerName::from_static("give");

/// What a transfer reads.
#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub enum MovingEvent {
    #[event(name = "transfer.requested")]
    Requested { from: u64, to: u64, amount: i64 },
    #[event(name = "account.withdrawn")]
    Withdrawn { transfer: Option<u64> },
    #[event(name = "account.deposited")]
    Deposited { transfer: Option<u64> },
}

#[derive(CommandSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub enum MovingCommand {
    Withdraw(Withdraw),
    Deposit(Deposit),
    Settle(Settle),
}

/// Gives as soon as it has taken.
pub type Moving = Moves<false>;

/// Has every fourth transfer give a moment after it has taken, by a timer.
pub type MovingByTimers = Moves<true>;

#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
pub struct Moves<const BY_TIMERS: bool> {
    pub id: u64,
    pub from: u64,
    pub to: u64,
    pub amount: i64,
    pub gives_back: bool,
}

impl<const BY_TIMERS: bool> Moves<BY_TIMERS> {
    fn settle(&self, outcome: Outcome, reactions: &mut Reactions<MovingCommand>) {
        let transfer = TransferId(self.id);
        reactions.send(Settle { transfer, outcome });
        reactions.end();
    }

    fn deposit(&self, account: u64) -> Deposit {
        Deposit {
            account: AccountId(account),
            amount: self.amount,
            transfer: Some(self.id),
        }
    }
}

impl<const BY_TIMERS: bool> ProcessManager for Moves<BY_TIMERS> {
    const NAME: ProcessorName = ProcessorName::from_static("moving");
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
                reactions.send(Withdraw {
                    account: AccountId(from),
                    amount,
                    transfer: Some(id),
                });
                let (transfer, outcome) = (TransferId(id), Outcome::Late);
                let late = Settle { transfer, outcome };
                reactions.set_timer(TIME_OUT, Duration::from_hours(1), late);
            }
            MovingEvent::Withdrawn { .. } if BY_TIMERS && self.id.is_multiple_of(4) => {
                let deposit = self.deposit(self.to);
                reactions.set_timer(GIVE, Duration::from_millis(100), deposit);
            }
            MovingEvent::Withdrawn { .. } => reactions.send(self.deposit(self.to)),
            MovingEvent::Deposited { .. } if self.gives_back => {
                self.settle(Outcome::GivenBack, reactions);
            }
            MovingEvent::Deposited { .. } => self.settle(Outcome::Done, reactions),
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
                self.settle(Outcome::Refused(rejection.to_string()), reactions);
            }
            MovingCommand::Deposit(_) => {
                self.gives_back = true;
                reactions.send(self.deposit(self.from));
            }
            MovingCommand::Settle(_) => {}
        }
    }
}
