use cqrs_core::prelude::*;

#[derive(CommandSet, Serialize, Deserialize)]
enum FineCommand {
    Charge(i64),
}

fn main() {}
