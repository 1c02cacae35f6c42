//! A process that waits an hour with what it does.

use std::time::Duration;

use cqrs_core::domain::process_manager::{ProcessManager, Reactions, Rejection};
use cqrs_core::prelude::*;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::processor::{ProcessorName, TimerName};
use cqrs_core::words::start::StartFrom;

use super::domain::{AccountEvent, AccountId, Deposit, MovingCommand};

/// Gives one unit to each account, an hour after it was opened.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
pub(super) struct Reminding {}

impl ProcessManager for Reminding {
    const NAME: ProcessorName = ProcessorName::from_static("reminding");
    const START: StartFrom = StartFrom::Beginning;
    type Event = AccountEvent;
    type Command = MovingCommand;
    type Key = AccountId;

    fn correlate(event: &Recorded<AccountEvent>) -> Option<AccountId> {
        matches!(event.event, AccountEvent::Opened { .. }).then(|| event.id())?
    }

    fn react(&mut self, event: &Recorded<AccountEvent>, reactions: &mut Reactions<MovingCommand>) {
        let Some(account) = event.id() else {
            return;
        };
        let gift = Deposit {
            account,
            amount: 1,
            transfer: None,
        };
        let name = TimerName::from_static("gift");
        reactions.set_timer(name, Duration::from_hours(1), MovingCommand::Deposit(gift));
    }

    fn rejected(&mut self, _: &MovingCommand, _: &Rejection, _: &mut Reactions<MovingCommand>) {}
}
