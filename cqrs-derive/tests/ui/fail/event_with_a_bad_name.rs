use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account opened")]
struct AccountOpened;

fn main() {}
