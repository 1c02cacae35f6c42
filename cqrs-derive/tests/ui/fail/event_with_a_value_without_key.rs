use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened", "owner")]
struct AccountOpened;

fn main() {}
