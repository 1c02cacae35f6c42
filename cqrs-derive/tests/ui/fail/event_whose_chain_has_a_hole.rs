use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened")]
struct AccountOpenedV1;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened", version = 3, previous = AccountOpenedV1)]
struct AccountOpened;

impl From<AccountOpenedV1> for AccountOpened {
    fn from(_: AccountOpenedV1) -> Self {
        Self
    }
}

fn main() {}
