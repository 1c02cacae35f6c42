use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(nmae = "account.opened")]
struct AccountOpened;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.closed", colour = "red")]
struct AccountClosed;

fn main() {}
