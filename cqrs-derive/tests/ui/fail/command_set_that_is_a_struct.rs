use cqrs_core::prelude::*;

#[derive(CommandSet, Serialize, Deserialize)]
struct FineCommand {
    amount: i64,
}

fn main() {}
