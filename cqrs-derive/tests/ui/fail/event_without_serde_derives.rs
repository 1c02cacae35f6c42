use cqrs_core::prelude::*;

#[derive(Event)]
#[event(name = "account.opened")]
struct AccountOpened;

fn main() {}
