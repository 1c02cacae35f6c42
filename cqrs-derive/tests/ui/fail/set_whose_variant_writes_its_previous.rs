use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.closed")]
struct ClosedV1;

#[derive(EventSet, Serialize, Deserialize)]
enum AccountEvent {
    #[event(name = "account.closed", version = 2, previous = ClosedV1, writes_previous)]
    Closed,
}

fn main() {}
