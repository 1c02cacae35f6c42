use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct AccountId(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.opened")]
struct Opened;

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.opened")]
struct Closed;

#[derive(Aggregate, Default)]
#[aggregate(name = "account", id = AccountId, events(Opened, Closed))]
struct Account;

impl Apply<Opened> for Account {}
impl Apply<Closed> for Account {}

fn main() {}
