use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct AccountId(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.opened")]
struct Opened;

#[derive(EventSet)]
enum AccountEvent {
    Opened(Opened),
}

#[derive(Aggregate, Default)]
#[aggregate(name = "account", id = AccountId, event = AccountEvent, derive(Debug))]
struct Account;

impl Apply<AccountEvent> for Account {}

fn main() {}
