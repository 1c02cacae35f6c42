use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.created")]
struct AccountCreated;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened", version = 2, previous = AccountCreated)]
struct AccountOpened;

impl From<AccountCreated> for AccountOpened {
    fn from(_: AccountCreated) -> Self {
        Self
    }
}

fn main() {}
