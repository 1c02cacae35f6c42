use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened")]
struct AccountOpened<'a> {
    owner: &'a str,
}

fn main() {}
