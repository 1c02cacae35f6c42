use cqrs_core::prelude::*;

#[derive(EventSet, Serialize, Deserialize)]
enum AccountEvent {
    #[event(name = "account opened")]
    Opened { owner: String },
    #[event(name = "account.closed", versoin = 2)]
    Closed,
}

fn main() {}
