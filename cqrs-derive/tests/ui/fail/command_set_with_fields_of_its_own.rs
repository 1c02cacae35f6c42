use cqrs_core::prelude::*;

#[derive(CommandSet, Serialize, Deserialize)]
enum FineCommand {
    Charge { amount: i64 },
    Remind,
}

fn main() {}
