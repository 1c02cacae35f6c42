use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct MeterId(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "meter.units_used")]
struct UnitsUsed;

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(name = "meter", id = MeterId, events(UnitsUsed), snapshot(at(MonthClosed)))]
struct Meter {
    units: u64,
}

#[apply]
impl Apply<UnitsUsed> for Meter {}

fn main() {}
