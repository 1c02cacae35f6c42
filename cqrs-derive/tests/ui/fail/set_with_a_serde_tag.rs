use cqrs_core::prelude::*;

#[derive(EventSet, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
enum AccountEvent {
    #[event(name = "account.opened")]
    Opened { owner: String },
}

fn main() {}
