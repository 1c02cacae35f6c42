use cqrs_core::prelude::*;

#[derive(EventSet, Serialize, Deserialize)]
enum AccountEvent {
    #[event(name = "account.opened")]
    Opened {
        owner: String,
    },
    Closed,
}

fn main() {}
