use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
struct AccountOpened;

fn main() {}
