use cqrs_core::prelude::*;

#[derive(EventSet, Serialize, Deserialize)]
#[serde(untagged)]
enum AccountEvent {
    #[event(name = "account.opened")]
    Opened { owner: String },
}

fn main() {}
