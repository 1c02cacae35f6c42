use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event = "account.opened"]
struct AccountOpened;

fn main() {}
