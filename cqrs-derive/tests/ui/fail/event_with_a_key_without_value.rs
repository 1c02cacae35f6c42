use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name)]
struct AccountOpened;

fn main() {}
