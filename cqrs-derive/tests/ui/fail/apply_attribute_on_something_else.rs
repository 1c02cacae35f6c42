use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct MeterId(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "meter.units_used")]
struct UnitsUsed;

#[apply]
struct Meter;

fn main() {}
