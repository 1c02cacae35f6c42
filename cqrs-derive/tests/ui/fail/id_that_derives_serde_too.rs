use cqrs_core::prelude::*;

#[derive(AggregateId, Serialize, Clone, Debug, PartialEq, Eq, Hash)]
struct AccountId(u64);

fn main() {}
