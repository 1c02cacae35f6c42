use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened")]
struct Opened;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened")]
struct Closed;

#[derive(EventSet)]
enum AccountEvent {
    Opened(Opened),
    Closed(Closed),
}

fn main() {}
