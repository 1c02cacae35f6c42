use cqrs_core::prelude::*;

#[derive(EventSet, Serialize, Deserialize)]
enum AccountEvent {
    #[serde(skip)]
    #[event(name = "account.opened")]
    Opened { owner: String },
    #[event(name = "account.closed")]
    Closed,
}

fn main() {}
