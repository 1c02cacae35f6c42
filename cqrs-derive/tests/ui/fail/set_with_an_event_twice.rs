use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened")]
struct Opened;

#[derive(EventSet)]
enum AccountEvent {
    Opened(Opened),
    Reopened(Opened),
}

fn main() {}
