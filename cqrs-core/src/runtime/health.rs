//! Whether the processors fare well: for a health check.

use super::app::Cqrs;
use super::processing::Processing;
use super::runners::RunError;
use super::status::{ProcessorState, ProcessorStatus};
use crate::ports::processors::GenerationState;

/// Whether the processors of this node fare well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// What is wrong, for people; empty when all is well.
    pub problems: Vec<String>,
}

impl Health {
    /// Whether all is well.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.problems.is_empty()
    }
}

impl Cqrs {
    /// Whether the processors of this node fare well: none has stopped, none is failing, no staged command has
    /// failed eight times, and what its runners last saw:
    /// no partition that nobody has taken, no parked command, and no lag beyond
    /// [`longest_lag`](super::builder::CqrsBuilder::longest_lag). It asks nobody, so it is cheap.
    ///
    /// ### Note: a partition between two nodes
    /// A partition may be nobody's for a moment, when nodes come and go. The runners tell of it when it was so twice in a
    /// row.
    #[must_use]
    pub fn health(&self) -> Health {
        let Some(processing) = self.processing() else {
            return Health::default();
        };
        let mut problems = of_lanes(processing);
        problems.extend(processing.problems());
        Health { problems }
    }

    /// As [`health`](Cqrs::health), but asks the store how all stands now: also for a node without runners.
    ///
    /// # Errors
    ///
    /// [`RunError::Store`] when the store can't be read.
    pub async fn check_health(&self) -> Result<Health, RunError> {
        let Some(processing) = self.processing() else {
            return Ok(Health::default());
        };
        let mut problems = of_lanes(processing);
        for status in self.processors().await? {
            problems.extend(nobody_holds(processing, &status));
            problems.extend(lags(processing, &status));
            problems.extend(commands_wait(&status));
        }
        Ok(Health { problems })
    }
}

fn of_lanes(processing: &Processing) -> Vec<String> {
    let mut problems = Vec::new();
    for lane in processing.lanes() {
        let report = lane.observed.report();
        let error = report.last_error.unwrap_or_default();
        let name = lane.name();
        let stuck = lane.observed.stuck_count();
        if stuck > 0 {
            problems.push(format!(
                "{name} tries in vain to send {stuck} staged commands: {error}"
            ));
        }
        match report.state {
            ProcessorState::Idle | ProcessorState::Running => {}
            ProcessorState::Failing => {
                problems.push(format!("{name} fails and tries again: {error}"));
            }
            ProcessorState::Stopped => problems.push(format!("{name} has stopped: {error}")),
        }
    }
    problems
}

/// Of a generation that this code runs: one of an older version rests while its successor is built.
pub(super) fn nobody_holds(processing: &Processing, status: &ProcessorStatus) -> Option<String> {
    processing.lane(&status.generation)?;
    if status.generation_state == GenerationState::Inline {
        return None;
    }
    (status.idle_partitions > 0).then(|| {
        format!(
            "nobody holds {} partitions of {}: no node that runs it is alive",
            status.idle_partitions, status.generation
        )
    })
}

/// A command that is not done leaves something half done, and nobody else will see it.
pub(super) fn commands_wait(status: &ProcessorStatus) -> Option<String> {
    (status.parked_commands > 0).then(|| {
        format!(
            "{} parked commands of {} wait for somebody to have them sent again or discarded",
            status.parked_commands, status.generation.processor
        )
    })
}

/// What is being built lags by its nature.
pub(super) fn lags(processing: &Processing, status: &ProcessorStatus) -> Option<String> {
    let longest = processing.settings.longest_lag?;
    let is_read = status.generation_state.is_read();
    (is_read && status.lag > longest).then(|| {
        format!(
            "{} is {} s behind, which is longer than {} s",
            status.generation.processor,
            status.lag.as_secs(),
            longest.as_secs()
        )
    })
}
