use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct MeterId(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "meter.units_used")]
struct UnitsUsed;

struct Meter;

#[apply]
impl Default for Meter {
    fn default() -> Self {
        Self
    }
}

fn main() {}
