use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
enum AccountId {
    Private,
    Business,
}

fn main() {}
