use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account")]
enum AccountEvent {
    Opened,
}

fn main() {}
