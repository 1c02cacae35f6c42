use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened")]
struct AccountOpenedV1;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened", version = 2, previous = AccountOpenedV1)]
struct AccountOpened;

fn main() {}
