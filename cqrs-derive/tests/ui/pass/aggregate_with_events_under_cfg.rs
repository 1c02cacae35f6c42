use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct Id(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "opened")]
struct Opened;

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "closed")]
struct Closed;

#[derive(Aggregate, Default)]
#[aggregate(name = "account", id = Id, events(#[cfg(any())] Missing, Opened, #[cfg(all())] Closed))]
struct Account;

impl Apply<Opened> for Account {}
impl Apply<Closed> for Account {}

fn main() {
    let names: Vec<_> = AccountEvent::EVENTS
        .iter()
        .map(|event| event.name.as_str())
        .collect();
    assert_eq!(names, ["opened", "closed"]);
    assert_eq!(AccountEvent::from(Closed), AccountEvent::Closed(Closed));
}
