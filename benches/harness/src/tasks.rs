//! Many tasks that do the same until the time is up.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::bank::Totals;
use crate::latency::Recorder;
use crate::protocol::Outcome;

/// What one task does, and what it has done.
#[derive(Debug)]
pub struct Run {
    /// Which task it is, from 0.
    pub task: usize,
    /// When the time is up.
    pub deadline: Instant,
    operations: u64,
    conflicts: u64,
    recorded: Totals,
    latencies: Recorder,
}

impl Run {
    /// Whether there is time for another one.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        Instant::now() < self.deadline
    }

    /// One more is done, which recorded one event of this amount (0 for none that pays in).
    pub fn recorded(&mut self, began: Instant, amount: u32) {
        self.recorded.events += 1;
        self.recorded.amount += u64::from(amount);
        self.done(began);
    }

    /// One more is done, which recorded nothing.
    pub fn done(&mut self, began: Instant) {
        self.operations += 1;
        self.latencies.record(began.elapsed());
    }

    /// There were conflicts.
    pub fn conflicts(&mut self, conflicts: u64) {
        self.conflicts += conflicts;
    }
}

/// Runs so many tasks side by side for so long.
pub(crate) async fn side_by_side<F>(
    tasks: usize,
    time: Duration,
    work: impl Fn(Run) -> F,
) -> Result<Outcome>
where
    F: Future<Output = Result<Run>> + Send + 'static,
{
    let start = Instant::now();
    let handles: Vec<_> = (0..tasks)
        .map(|task| {
            tokio::spawn(work(Run {
                task,
                deadline: start + time,
                operations: 0,
                conflicts: 0,
                recorded: Totals::default(),
                latencies: Recorder::new(),
            }))
        })
        .collect();
    let mut outcome = Outcome::default();
    let mut latencies = Recorder::new();
    let mut shares = (u64::MAX, 0);
    for handle in handles {
        let run = handle.await.context("a task of the benchmark panicked")??;
        outcome.operations += run.operations;
        outcome.conflicts += run.conflicts;
        outcome.recorded = outcome.recorded.and(run.recorded);
        latencies.add(&run.latencies);
        shares = (shares.0.min(run.operations), shares.1.max(run.operations));
    }
    outcome.seconds = start.elapsed().as_secs_f64();
    outcome.latency = latencies.latency();
    outcome.shares = Some(shares);
    Ok(outcome)
}
