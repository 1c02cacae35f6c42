use cqrs_core::prelude::*;

#[derive(EventSet)]
enum AccountEvent {
    #[event(name = "account.closed")]
    Closed,
}

fn main() {}
