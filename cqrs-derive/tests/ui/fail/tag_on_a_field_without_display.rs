use cqrs_core::prelude::*;

#[derive(Serialize, Deserialize)]
struct Owner(String);

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened")]
struct AccountOpened {
    #[tag("owner")]
    owner: Owner,
    #[tag("bank")]
    bank: Option<Owner>,
}

fn main() {}
