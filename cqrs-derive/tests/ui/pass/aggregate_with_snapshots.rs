mod framework {
    pub(crate) use ::cqrs_core as cqrs;
}
use std::time::Duration;

use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct MeterId(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "meter.units_used")]
struct UnitsUsed;

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "meter.month_closed")]
struct MonthClosed(u64);

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(name = "meter", id = MeterId, events(UnitsUsed, MonthClosed))]
#[aggregate(snapshot(every = 500, slower_than = Duration::from_millis(50), at(MonthClosed), version = 2))]
struct Meter {
    units: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
}

#[apply]
impl Apply<UnitsUsed> for Meter {}

#[apply]
impl Apply<MonthClosed> for Meter {}

// With parameters, whose own bounds say nothing of serde.
#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(name = "list", id = MeterId, events(UnitsUsed), snapshot(every = 10))]
struct List<T> {
    units: Vec<T>,
}

#[apply]
impl<T> Apply<UnitsUsed> for List<T> {}

#[derive(EventSet, Clone)]
enum Happened {
    Used(UnitsUsed),
    Closed(MonthClosed),
}

// Its events in one enum, and the crate under another name.
#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(crate = framework::cqrs, name = "all", id = MeterId, event = Happened, snapshot(at(Closed)))]
enum All {
    #[default]
    Running,
    Done(u64),
}

#[apply(crate = framework::cqrs)]
impl Apply<Happened> for All {
    fn apply(&mut self, event: &Happened) {
        *self = match event {
            Happened::Used(_) => Self::Running,
            Happened::Closed(MonthClosed(units)) => Self::Done(*units),
        };
    }
}

// Without snapshots nothing is asked of the state, and the attribute does no harm.
#[derive(Aggregate, Default)]
#[aggregate(name = "none", id = MeterId, events(UnitsUsed))]
struct Plain;

#[apply]
impl Apply<UnitsUsed> for Plain {}

fn main() {
    let policy = Meter::SNAPSHOTS.unwrap();
    assert!(policy.ends_chapter(&MonthClosed(7).into()));
    assert!(!policy.ends_chapter(&UnitsUsed.into()));
    assert!(List::<u64>::SNAPSHOTS.is_some());
    assert!(All::SNAPSHOTS.unwrap().ends_chapter(&Happened::Closed(MonthClosed(7))));
    assert!(Plain::SNAPSHOTS.is_none());
}
