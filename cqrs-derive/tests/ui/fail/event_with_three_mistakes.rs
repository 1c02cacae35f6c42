use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "1", version = "2", tag = "owner")]
struct AccountOpened;

fn main() {}
