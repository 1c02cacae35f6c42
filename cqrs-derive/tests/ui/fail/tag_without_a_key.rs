use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened")]
struct AccountOpened {
    #[tag]
    owner: String,
    #[tag(bank)]
    bank: String,
}

fn main() {}
