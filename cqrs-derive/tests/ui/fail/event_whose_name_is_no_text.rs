use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = AccountOpened)]
struct AccountOpened;

fn main() {}
