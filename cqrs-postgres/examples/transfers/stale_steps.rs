//! Counts the writes of this process that were refused since another node has the partition: the metric
//! `cqrs_processor_stale_steps_total`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

const METRIC: &str = "cqrs_processor_stale_steps_total";

/// How many there were.
#[derive(Clone, Debug, Default)]
pub(crate) struct StaleSteps(Arc<AtomicU64>);

impl StaleSteps {
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// From now on, in this process.
pub(crate) fn count() -> StaleSteps {
    let stale = StaleSteps::default();
    if metrics::set_global_recorder(stale.clone()).is_err() {
        eprintln!("stale steps are counted elsewhere");
    }
    stale
}

impl Recorder for StaleSteps {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        if key.name() == METRIC {
            Counter::from_arc(Arc::clone(&self.0))
        } else {
            Counter::noop()
        }
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
