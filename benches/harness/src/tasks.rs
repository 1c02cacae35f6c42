//! Many tasks that do the same until the time is up.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::bank::{Totals, Tried};
use crate::latency::Recorder;
use crate::protocol::Outcome;
use crate::retry::until_accepted;

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

    /// Tries until one event of this amount is recorded (0 for one that pays nothing in), or the time is up. The time
    /// of all attempts counts.
    ///
    /// # Errors
    ///
    /// The first error of an attempt.
    pub async fn records<F>(&mut self, amount: u32, mut attempt: impl FnMut() -> F) -> Result<bool>
    where
        F: Future<Output = Result<Tried>>,
    {
        let recorded = self
            .tries(amount, || {
                let attempt = attempt();
                async { Ok((attempt.await? == Tried::Accepted).then_some(())) }
            })
            .await?;
        Ok(recorded.is_some())
    }

    /// The same for attempts that give something; `None` is a conflict.
    ///
    /// # Errors
    ///
    /// The first error of an attempt.
    pub async fn tries<T, F>(
        &mut self,
        amount: u32,
        attempt: impl FnMut() -> F,
    ) -> Result<Option<T>>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        // A store that never waits would let the first tasks run to the end before the others begin.
        tokio::task::consume_budget().await;
        let began = Instant::now();
        let (recorded, conflicts) = until_accepted(self.deadline, attempt).await?;
        self.conflicts += conflicts;
        if recorded.is_some() {
            self.recorded.events += 1;
            self.recorded.amount += u64::from(amount);
            self.done(began);
        }
        Ok(recorded)
    }

    /// One more is done, which recorded nothing.
    pub fn done(&mut self, began: Instant) {
        self.operations += 1;
        self.latencies.record(began.elapsed());
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
