use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct AccountId(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.opened")]
struct Opened;

#[derive(Aggregate)]
#[aggregate(name = "account", id = AccountId, events(Opened))]
union Account {
    balance: i64,
}

fn main() {}
