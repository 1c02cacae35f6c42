//! All rounds of all cells, and what they come to.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use bench_harness::Latency;
use serde::Serialize;

use crate::cell::Cell;
use crate::contenders::{Contender, Role};
use crate::measure::{Measured, rate};

/// What was measured, in the order of the plan.
#[derive(Debug)]
pub(crate) struct Results {
    cells: Vec<Cell>,
    rounds: BTreeMap<Cell, Vec<Result<Measured>>>,
    roles: Vec<Role>,
}

/// One row of the report: a cell over all its rounds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Series {
    #[serde(flatten)]
    pub(crate) cell: Cell,
    #[serde(skip)]
    pub(crate) role: Role,
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
    /// The rates of the nodes in the last round: who starves.
    pub(crate) nodes: Vec<f64>,
    /// The operations of the tasks with the fewest and the most, in the last round.
    pub(crate) shares: Option<(u64, u64)>,
    /// Resident memory in MiB: before the work, after it, and the most.
    pub(crate) memory: Option<[f64; 3]>,
    /// What only this work has.
    pub(crate) figures: BTreeMap<String, f64>,
    /// `correct`, or what is wrong with what was recorded.
    pub(crate) check: String,
    /// Why rounds failed.
    pub(crate) failures: BTreeSet<String>,
}

impl Results {
    pub(crate) fn new(contenders: &[Contender], cells: &[Cell]) -> Self {
        Self {
            cells: cells.to_vec(),
            rounds: BTreeMap::new(),
            roles: contenders
                .iter()
                .map(|contender| contender.program.role)
                .collect(),
        }
    }

    pub(crate) fn add(&mut self, cell: &Cell, measured: Result<Measured>) {
        self.rounds.entry(cell.clone()).or_default().push(measured);
    }

    /// All rows, those that are compared with each other together.
    pub(crate) fn series(&self) -> Vec<Series> {
        self.cells
            .iter()
            .filter_map(|cell| self.rounds.get(cell).map(|rounds| self.one(cell, rounds)))
            .collect()
    }

    fn one(&self, cell: &Cell, rounds: &[Result<Measured>]) -> Series {
        let measured: Vec<_> = rounds
            .iter()
            .filter_map(|round| round.as_ref().ok())
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
            role: self.roles[cell.program],
            unit: cell.work.unit(),
            median: median(rates.clone()),
            rates,
            latency: latency(&measured),
            conflicts_per_operation: number(conflicts) / number(operations.max(1)),
            nodes: last.map_or_else(Vec::new, |last| last.outcomes.iter().map(rate).collect()),
            shares: last.and_then(|last| last.outcomes.first()?.shares),
            memory: last.and_then(|last| last.outcomes.first()).map(|outcome| {
                let memory = outcome.memory;
                [memory.before, memory.after, memory.peak]
                    .map(|bytes| number(bytes >> 10) / 1_024.0)
            }),
            figures: figures(&measured),
            check,
            failures: rounds
                .iter()
                .filter_map(|round| round.as_ref().err())
                .map(|error| format!("{error:#}"))
                .collect(),
        }
    }
}

impl Series {
    /// Whether nothing is wrong with what was recorded, as far as there is something.
    pub(crate) fn is_correct(&self) -> bool {
        self.median.is_none() || self.check == "correct"
    }
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
    use super::median;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(Vec::new()), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
