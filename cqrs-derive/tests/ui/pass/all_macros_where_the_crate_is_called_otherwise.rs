mod framework {
    pub(crate) use ::cqrs_core as cqrs;
}
use framework::cqrs::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
#[aggregate_id(crate = crate::framework::cqrs)]
struct Id(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(crate = framework::cqrs, name = "opened")]
struct Opened;

#[derive(EventSet, Clone, Debug, PartialEq)]
#[event_set(crate = framework::cqrs)]
enum Happened {
    Opened(Opened),
}

#[derive(Aggregate, Default)]
#[aggregate(crate = framework::cqrs, name = "account", id = Id, events(Opened))]
struct Account;

impl Apply<Opened> for Account {}

#[derive(Command)]
#[command(crate = framework::cqrs, aggregate = Account, creates)]
struct Open(#[id] Id);

impl Handle<Open> for Account {
    fn handle(_: &Open, account: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
        account.emit(Opened);
        Ok(())
    }
}

fn main() {
    assert_eq!(
        Happened::from(Opened).encode().unwrap().name.as_str(),
        "opened"
    );
    assert_eq!(AccountEvent::EVENTS, Happened::EVENTS);
    assert_eq!(Open::NAME, "Open");
}
