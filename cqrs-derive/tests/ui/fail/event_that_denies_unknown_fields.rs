use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened")]
#[serde(deny_unknown_fields)]
struct AccountOpened {
    owner: String,
}

fn main() {}
