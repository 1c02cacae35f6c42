use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug)]
struct AccountId(u64);

fn main() {}
