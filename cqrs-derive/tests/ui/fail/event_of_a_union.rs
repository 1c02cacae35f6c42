use cqrs_core::prelude::*;

#[derive(Event)]
#[event(name = "account")]
union AccountEvent {
    amount: u64,
}

fn main() {}
