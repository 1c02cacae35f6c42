use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct Id(u64);

/// Neither `Clone` nor `PartialEq`.
#[derive(Event, Serialize, Deserialize, Debug)]
#[event(name = "opened")]
struct Opened(f64);

#[derive(Aggregate, Default)]
#[aggregate(name = "account", id = Id)]
#[aggregate(events(Opened,), event = Happened, derive(Debug, serde::Serialize))]
struct Account;

impl Apply<Opened> for Account {}

fn main() {
    let event = Happened::from(Opened(0.5));
    assert_eq!(format!("{event:?}"), "Opened(Opened(0.5))");
    assert_eq!(serde_json::to_string(&event).unwrap(), r#"{"Opened":0.5}"#);
}
