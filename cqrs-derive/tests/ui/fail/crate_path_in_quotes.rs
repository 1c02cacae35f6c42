use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened", crate = "my::cqrs")]
struct AccountOpened;

fn main() {}
