use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened", alias = "account.created")]
struct Opened;

#[derive(EventSet, Serialize, Deserialize)]
enum AccountEvent {
    Opened(Opened),
    #[event(name = "account.created")]
    Created,
}

fn main() {}
