//! What all rounds of a cell come to.

use std::collections::{BTreeMap, BTreeSet};

use bench_harness::{Latency, Outcome};
use serde::Serialize;

use crate::cell::Cell;
use crate::measure::{Measured, rate};
use crate::record::Record;

/// One row of the report: a cell over all its rounds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Series {
    #[serde(flatten)]
    pub(crate) cell: Cell,
    /// What is counted.
    pub(crate) unit: &'static str,
    /// The median of the rounds; `None` when all failed.
    pub(crate) median: Option<f64>,
    /// Each round.
    pub(crate) rates: Vec<f64>,
    /// In microseconds, each quantile's median over the rounds; of several nodes the slowest.
    pub(crate) latency: Option<Latency>,
    /// Attempts that ended in a conflict, for each operation.
    pub(crate) conflicts_per_operation: f64,
    /// The rates of the nodes in the last round.
    pub(crate) nodes: Vec<f64>,
    /// The smallest part of all operations that a node had in any round: 0.5 is a fair one of two.
    pub(crate) least_node: Option<f64>,
    /// The operations of the slowest task of a node for each of its fastest, in the worst round: who starves has 0.
    pub(crate) least_task: Option<f64>,
    /// The memory of the process of ours, or of the client of others. Of several nodes and rounds the most.
    pub(crate) memory: Option<MemoryUse>,
    /// What only this work has.
    pub(crate) figures: BTreeMap<String, f64>,
    /// `correct`, or what is wrong with what was recorded.
    pub(crate) check: String,
    /// Why rounds failed.
    pub(crate) failures: BTreeSet<String>,
}

/// Resident memory in MiB.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct MemoryUse {
    /// When the work began.
    pub(crate) before: f64,
    /// When half of its time was over; `None` for a work that ended before.
    pub(crate) middle: Option<f64>,
    /// When it ended.
    pub(crate) after: f64,
    /// The most at any time.
    pub(crate) peak: f64,
    /// The most that one run had at its end for what it had at its middle. A change of less than 4 MiB is none.
    pub(crate) growth: Option<f64>,
}

/// What changes of memory are no growth, in MiB: what an allocator keeps, and aggregates that still come into the cache.
pub(crate) const NO_GROWTH: f64 = 4.0;

/// All rows, in the order of the plan.
pub(crate) fn series(record: &Record) -> Vec<Series> {
    let mut plan: Vec<&Cell> = record.plan.iter().collect();
    plan.dedup();
    plan.into_iter().map(|cell| one(record, cell)).collect()
}

fn one(record: &Record, cell: &Cell) -> Series {
    let rounds = || {
        let all = record.measurements.iter();
        all.filter(|measurement| measurement.cell == *cell)
    };
    let measured: Vec<_> = rounds()
        .filter_map(|round| round.measured.as_ref())
        .collect();
    let outcomes = || measured.iter().flat_map(|measured| &measured.outcomes);
    let rates: Vec<_> = measured.iter().map(|measured| measured.rate()).collect();
    let wrong: BTreeSet<_> = measured
        .iter()
        .flat_map(|measured| &measured.wrong)
        .collect();
    let check = if measured.is_empty() {
        "not checked".to_owned()
    } else if wrong.is_empty() {
        "correct".to_owned()
    } else {
        wrong.into_iter().cloned().collect::<Vec<_>>().join("; ")
    };
    let last = measured.last();
    let operations: u64 = outcomes().map(|outcome| outcome.operations).sum();
    let conflicts: u64 = outcomes().map(|outcome| outcome.conflicts).sum();
    Series {
        cell: cell.clone(),
        unit: cell.work.unit(),
        median: median(rates.clone()),
        rates,
        latency: latency(&measured),
        conflicts_per_operation: number(conflicts) / number(operations.max(1)),
        nodes: last.map_or_else(Vec::new, |last| last.outcomes.iter().map(rate).collect()),
        least_node: least(measured.iter().filter_map(|measured| least_node(measured))),
        least_task: least(outcomes().filter_map(least_task)),
        memory: memory(&outcomes().collect::<Vec<_>>()),
        figures: figures(&measured),
        check,
        failures: rounds().filter_map(|round| round.failure.clone()).collect(),
    }
}

impl Series {
    /// Whether nothing is wrong with what was recorded, as far as there is something.
    pub(crate) fn is_correct(&self) -> bool {
        self.median.is_none() || self.check == "correct"
    }
}

fn least_node(measured: &Measured) -> Option<f64> {
    let all: u64 = measured
        .outcomes
        .iter()
        .map(|outcome| outcome.operations)
        .sum();
    if measured.outcomes.len() < 2 {
        return None;
    }
    let parts = measured.outcomes.iter().map(|outcome| outcome.operations);
    least(parts.map(|part| number(part) / number(all.max(1))))
}

fn least_task(outcome: &Outcome) -> Option<f64> {
    let (fewest, most) = outcome.shares?;
    Some(number(fewest) / number(most.max(1)))
}

fn memory(outcomes: &[&Outcome]) -> Option<MemoryUse> {
    let most = |of: fn(&Outcome) -> u64| {
        let bytes = outcomes.iter().map(|outcome| of(outcome)).max();
        bytes.filter(|bytes| *bytes > 0).map(mebibytes)
    };
    let growths = outcomes.iter().filter_map(|outcome| {
        let memory = outcome.memory;
        (memory.middle > 0).then(|| growth(mebibytes(memory.middle), mebibytes(memory.after)))
    });
    Some(MemoryUse {
        before: most(|outcome| outcome.memory.before)?,
        middle: most(|outcome| outcome.memory.middle),
        after: most(|outcome| outcome.memory.after)?,
        peak: most(|outcome| outcome.memory.peak)?,
        growth: growths.max_by(f64::total_cmp),
    })
}

/// How much it became; 1 where the difference is too small to say something.
pub(crate) fn growth(from: f64, to: f64) -> f64 {
    if to - from < NO_GROWTH || from <= 0.0 {
        1.0
    } else {
        to / from
    }
}

fn mebibytes(bytes: u64) -> f64 {
    number(bytes >> 10) / 1_024.0
}

fn latency(measured: &[&Measured]) -> Option<Latency> {
    let slowest = |of: fn(&Latency) -> f64| {
        let rounds = measured.iter().filter_map(|measured| {
            let nodes = measured.outcomes.iter();
            nodes
                .filter_map(|outcome| outcome.latency.as_ref().map(of))
                .max_by(f64::total_cmp)
        });
        median(rounds.collect())
    };
    Some(Latency {
        p50: slowest(|latency| latency.p50)?,
        p99: slowest(|latency| latency.p99)?,
        p999: slowest(|latency| latency.p999)?,
        max: slowest(|latency| latency.max)?,
    })
}

fn figures(measured: &[&Measured]) -> BTreeMap<String, f64> {
    let mut all: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for outcome in measured.iter().flat_map(|measured| &measured.outcomes) {
        for (name, value) in &outcome.figures {
            all.entry(name.clone()).or_default().push(*value);
        }
    }
    all.into_iter()
        .filter_map(|(name, values)| Some((name, median(values)?)))
        .collect()
}

fn least(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.min_by(f64::total_cmp)
}

/// The middle one; of an even number the mean of the two in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get((values.len() - 1) / 2)?;
    Some(f64::midpoint(lower, upper))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no count of a benchmark has 2^52"
)]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use bench_harness::{Memory, Outcome};

    use super::{growth, least_node, median, memory};
    use crate::measure::Measured;

    fn outcome(operations: u64, mebibytes: [u64; 4]) -> Outcome {
        let [before, middle, after, peak] = mebibytes.map(|number| number << 20);
        let memory = Memory {
            before,
            middle,
            after,
            peak,
        };
        Outcome {
            operations,
            memory,
            ..Outcome::default()
        }
    }

    fn is(value: f64, expected: f64) -> bool {
        (value - expected).abs() < 1e-9
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(Vec::new()), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn memory_grows_when_a_run_ends_with_more_than_it_had_at_its_middle() {
        let (flat, growing) = (outcome(1, [10, 20, 21, 30]), outcome(1, [10, 20, 40, 40]));
        let of_both = memory(&[&flat, &growing]).unwrap();
        assert!(is(of_both.growth.unwrap(), 2.0), "{of_both:?}");
        assert!(is(of_both.peak, 40.0) && is(of_both.before, 10.0));
        assert!(is(memory(&[&flat]).unwrap().growth.unwrap(), 1.0));
        assert!(is(growth(10.0, 13.9), 1.0));
        // It ended before its middle, or the system tells nothing.
        assert_eq!(
            memory(&[&outcome(1, [10, 0, 40, 40])]).unwrap().growth,
            None
        );
        assert!(memory(&[&outcome(1, [0; 4])]).is_none());
    }

    #[test]
    fn the_least_part_of_a_node_is_told() {
        let nodes = |operations: &[u64]| Measured {
            outcomes: operations
                .iter()
                .map(|operations| outcome(*operations, [1; 4]))
                .collect(),
            wrong: Vec::new(),
        };
        assert!(is(least_node(&nodes(&[30, 10])).unwrap(), 0.25));
        assert!(is(least_node(&nodes(&[30, 0])).unwrap(), 0.0));
        assert_eq!(least_node(&nodes(&[30])), None);
    }
}
