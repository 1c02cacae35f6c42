use cqrs_core::prelude::*;

#[derive(EventSet, Serialize, Deserialize)]
#[event(name = "account")]
enum AccountEvent {
    #[event(name = "account.closed")]
    Closed,
}

fn main() {}
