//! The overview of an account: a read model of one document for each account, on any store.

use cqrs_core::prelude::*;

use crate::account::{AccountEvent, AccountId};

#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
pub struct AccountOverview {
    pub owner: String,
    pub balance: i64,
    /// How often money came in or went out.
    pub movements: u32,
}

impl View for AccountOverview {
    const NAME: ProcessorName = ProcessorName::from_static("account-overview");
    type Event = AccountEvent;
    type Key = AccountId;

    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = AccountId> {
        event.id()
    }

    fn apply(&mut self, event: &Recorded<AccountEvent>) {
        let change = match &event.event {
            AccountEvent::AccountOpened(opened) => {
                self.owner.clone_from(&opened.owner);
                return;
            }
            AccountEvent::MoneyDeposited(event) => i64::from(event.amount),
            AccountEvent::Received(event) => i64::from(event.amount),
            AccountEvent::MoneyWithdrawn(event) => -i64::from(event.amount),
            AccountEvent::Sent(event) => -i64::from(event.amount),
        };
        self.balance += change;
        self.movements += 1;
    }
}
