use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened")]
#[tag("owner")]
struct AccountOpened {
    owner: String,
}

fn main() {}
