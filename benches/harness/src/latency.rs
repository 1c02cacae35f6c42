//! How long one operation takes.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// The distribution of many durations, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// Half were faster.
    pub p50: f64,
    /// One in a hundred was slower.
    pub p99: f64,
    /// One in a thousand was slower.
    pub p999: f64,
    /// The slowest.
    pub max: f64,
}

/// Collects durations, each within a hundredth. Each task has one, and 512 of them must not be what the process's memory shows.
#[derive(Clone, Debug)]
pub struct Recorder(Option<Histogram<u32>>);

impl Recorder {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Histogram::new(2).ok())
    }

    /// One more.
    pub fn record(&mut self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        if let Some(histogram) = &mut self.0 {
            // It grows by itself, so that no value is too great.
            let _ = histogram.record(nanoseconds.max(1));
        }
    }

    /// All that another one has.
    pub fn add(&mut self, other: &Self) {
        if let (Some(mine), Some(other)) = (&mut self.0, &other.0) {
            // It grows by itself.
            let _ = mine.add(other);
        }
    }

    /// The distribution; `None` of nothing.
    #[must_use]
    pub fn latency(&self) -> Option<Latency> {
        let histogram = self.0.as_ref().filter(|histogram| !histogram.is_empty())?;
        let at = |quantile| microseconds(histogram.value_at_quantile(quantile));
        Some(Latency {
            p50: at(0.5),
            p99: at(0.99),
            p999: at(0.999),
            max: microseconds(histogram.max()),
        })
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

fn microseconds(nanoseconds: u64) -> f64 {
    Duration::from_nanos(nanoseconds).as_secs_f64() * 1e6
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Recorder;

    #[test]
    fn tells_the_middle_and_the_tail() {
        let mut recorder = Recorder::new();
        assert_eq!(recorder.latency(), None);
        for milliseconds in 1..=100 {
            recorder.record(Duration::from_millis(milliseconds));
        }
        let latency = recorder.latency().unwrap();
        assert!((latency.p50 - 50_000.0).abs() < 500.0, "{latency:?}");
        assert!((latency.p99 - 99_000.0).abs() < 1_000.0, "{latency:?}");
    }
}
