use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(version = 2)]
struct AccountOpened;

fn main() {}
