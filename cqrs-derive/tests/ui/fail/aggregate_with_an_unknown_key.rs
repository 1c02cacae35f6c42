use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct AccountId(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.opened")]
struct Opened;

#[derive(Aggregate, Default)]
#[aggregate(naem = "account", id = AccountId, evnets(Opened), colour = "red")]
struct Account;

impl Apply<Opened> for Account {}

#[derive(Command)]
#[command(aggregate = Account, creates)]
struct Open(#[id] AccountId);

impl Handle<Open> for Account {
    fn handle(_: &Open, account: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
        account.emit(Opened);
        Ok(())
    }
}

fn main() {}
