// An aggregate for the cases that are about commands.

use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Id(pub u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "added")]
pub struct Added(pub i64);

#[derive(Aggregate, Default)]
#[aggregate(name = "counter", id = Id, events(Added))]
pub struct Counter(pub i64);

impl Apply<Added> for Counter {
    fn apply(&mut self, event: &Added) {
        self.0 += event.0;
    }
}
