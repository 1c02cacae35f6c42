use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened")]
struct Opened(String);

#[derive(EventSet)]
enum AccountEvent {
    Opened(#[tag("owner")] Opened),
}

fn main() {}
