use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened", version = 2)]
struct AccountOpened;

#[derive(EventSet, Serialize, Deserialize)]
enum Closing {
    #[event(name = "account.closed", version = 3)]
    Closed,
}

fn main() {}
