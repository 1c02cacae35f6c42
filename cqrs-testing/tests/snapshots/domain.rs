//! A meter: units are used, and each month is closed.

use cqrs_core::ports::snapshots::{KeepSnapshots, Snapshot};
use cqrs_core::ports::store::EventStore;
use cqrs_core::prelude::*;
use cqrs_core::runtime::aggregate_cache::AggregateCache;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::version::StreamVersion;

pub(crate) type Checked = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MeterId(pub(crate) u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "meter.units_used")]
pub(crate) struct UnitsUsed {
    pub(crate) units: u64,
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "meter.month_closed")]
pub(crate) struct MonthClosed {}

/// Every ten events, and at the end of each month.
#[derive(Aggregate, Serialize, Deserialize, Clone, Default, Debug, PartialEq)]
#[aggregate(name = "meter", id = MeterId, events(UnitsUsed, MonthClosed))]
#[aggregate(snapshot(every = 10, at(MonthClosed)))]
pub(crate) struct Meter {
    pub(crate) units: u64,
    pub(crate) months: Vec<u64>,
}

#[apply]
impl Apply<UnitsUsed> for Meter {
    fn apply(&mut self, event: &UnitsUsed) {
        // No sum: the order counts, and each event.
        self.units = self.units.wrapping_mul(31).wrapping_add(event.units);
    }
}

#[apply]
impl Apply<MonthClosed> for Meter {
    fn apply(&mut self, _: &MonthClosed) {
        self.months.push(self.units);
        self.units = 0;
    }
}

/// Uses units so many times, and may close the month after them.
#[derive(Command, Clone, Debug)]
#[command(aggregate = Meter, any, reply = u64)]
pub(crate) struct Use {
    #[id]
    pub(crate) meter: MeterId,
    pub(crate) times: u64,
    pub(crate) closes: bool,
}

impl Handle<Use> for Meter {
    fn handle(command: &Use, meter: &mut Root<Self>) -> Result<u64, std::convert::Infallible> {
        for units in 0..command.times {
            meter.emit(UnitsUsed { units });
        }
        if command.closes {
            meter.emit(MonthClosed {});
        }
        Ok(meter.units)
    }
}

/// The same meter, without snapshots: what loading has to give.
#[derive(Aggregate, Clone, Default, Debug, PartialEq)]
#[aggregate(name = "meter", id = MeterId, events(UnitsUsed, MonthClosed), derive(Clone))]
pub(crate) struct Plain {
    pub(crate) units: u64,
    pub(crate) months: Vec<u64>,
}

impl Apply<UnitsUsed> for Plain {
    fn apply(&mut self, event: &UnitsUsed) {
        self.units = self.units.wrapping_mul(31).wrapping_add(event.units);
    }
}

impl Apply<MonthClosed> for Plain {
    fn apply(&mut self, _: &MonthClosed) {
        self.months.push(self.units);
        self.units = 0;
    }
}

pub(crate) const METER: MeterId = MeterId(1);

/// An application that keeps no meter in memory and reads three events at a time.
pub(crate) async fn application<A: Aggregate>(store: impl EventStore) -> Result<Cqrs, BoxError> {
    let built = Cqrs::builder(store).aggregate::<A>().page(3);
    Ok(built.cache(AggregateCache::off()).build().await?)
}

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Records so many events of the meter, and waits for the snapshots that this brings.
pub(crate) async fn use_units(cqrs: &Cqrs, times: u64) -> Checked {
    let command = Use {
        meter: METER,
        times,
        closes: false,
    };
    let _ = cqrs.send(command).await?;
    cqrs.snapshots_taken().await;
    Ok(())
}

/// The snapshot of the meter.
pub(crate) async fn kept(store: &impl KeepSnapshots) -> Result<Option<Snapshot>, BoxError> {
    let stream = Meter::stream(&METER)?;
    Ok(store.find_snapshot(&stream, StreamVersion::MAX).await?)
}

/// The version of the meter's snapshot; 0 for none.
pub(crate) async fn kept_version(store: &impl KeepSnapshots) -> Result<u64, BoxError> {
    Ok(kept(store).await?.map_or(0, |kept| kept.version.get()))
}

/// Loads the meter, with and without snapshots, and expects the same.
pub(crate) async fn same(cqrs: &Cqrs) -> Result<Root<Meter>, BoxError> {
    let plain = cqrs.repository::<Plain>().load(&METER).await?;
    let meter = cqrs.repository::<Meter>().load(&METER).await?;
    assert_eq!(
        (meter.version(), meter.position()),
        (plain.version(), plain.position())
    );
    assert_eq!(
        (&meter.units, &meter.months),
        (&plain.units, &plain.months),
        "at version {}",
        plain.version()
    );
    Ok(meter)
}
