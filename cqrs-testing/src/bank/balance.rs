//! The balance of each account, as a view.

use cqrs_core::prelude::*;

use super::account::{AccountEvent, AccountId};

/// The balance of each account.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
pub struct Balance {
    pub amount: i64,
    pub events: u64,
    pub is_closed: bool,
}

impl View for Balance {
    const NAME: ProcessorName = ProcessorName::from_static("balance");
    type Event = AccountEvent;
    type Key = AccountId;

    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = AccountId> {
        event.id()
    }

    fn apply(&mut self, event: &Recorded<AccountEvent>) {
        self.events += 1;
        match &event.event {
            AccountEvent::Opened { owner } => {
                assert!(owner != "poison", "an owner that the view can't stand");
            }
            AccountEvent::Deposited { amount, .. } => self.amount += amount,
            AccountEvent::Withdrawn { amount, .. } => self.amount -= amount,
            AccountEvent::Closed => self.is_closed = true,
        }
    }

    fn is_deleted(&self) -> bool {
        self.is_closed
    }
}
