use cqrs_core::prelude::*;

#[derive(Serialize, Deserialize)]
struct AccountOpenedV1;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened", version = 2, previous = AccountOpenedV1)]
struct AccountOpened;

impl From<AccountOpenedV1> for AccountOpened {
    fn from(_: AccountOpenedV1) -> Self {
        Self
    }
}

fn main() {}
