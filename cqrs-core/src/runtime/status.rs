//! How the processors fare: for a status page, a health check, and for people.

mod gauges;

use std::collections::BTreeMap;
use std::time::Duration;

use super::app::Cqrs;
use super::processing::Processing;
use super::runners::RunError;
use crate::ports::processors::{GenerationProgress, GenerationState, ProcessorKind};
use crate::ports::read_log::LogRead;
use crate::words::generation::GenerationId;
use crate::words::node::NodeId;
use crate::words::position::Position;

pub use super::lane::ProcessorState;

/// Up to so many events a lag is counted; beyond it is a bound.
const COUNTED: usize = 1_000;

/// How one generation of a processor fares.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ProcessorStatus {
    /// Which generation of which processor.
    pub generation: GenerationId,
    /// What it does.
    pub kind: ProcessorKind,
    /// The version of the code that builds it.
    pub version: u32,
    /// Whether it is read, being built, or retired.
    pub generation_state: GenerationState,
    /// How it fares on this node.
    pub state: ProcessorState,
    /// Up to here all its partitions have seen the log.
    pub position: Position,
    /// How many events it is behind: exact up to 1,000, beyond that at most so many.
    pub lag_events: u64,
    /// How long ago the first event was recorded that it has not seen; zero when it has seen all.
    pub lag: Duration,
    /// Events a second on this node, since it began to run here.
    pub rate: f64,
    /// Which node holds how many of its partitions.
    pub owners: BTreeMap<NodeId, usize>,
    /// How many partitions nobody holds.
    pub idle_partitions: usize,
    /// How many keys wait for somebody to replay or discard their parked events.
    pub parked_keys: u64,
    /// How many events are parked.
    pub parked_events: u64,
    /// How many commands and timers are staged.
    pub staged_commands: u64,
    /// How many of those are parked: they wait for somebody to have them sent again or discarded.
    pub parked_commands: u64,
    /// The last error on this node.
    pub last_error: Option<String>,
}

impl Cqrs {
    /// How the processors fare: each generation of each, by name and number.
    ///
    /// # Errors
    ///
    /// [`RunError::Store`] when the store can't be read.
    pub async fn processors(&self) -> Result<Vec<ProcessorStatus>, RunError> {
        let Some(processing) = self.processing() else {
            return Ok(Vec::new());
        };
        let mut statuses = Vec::new();
        for processor in processing.processors() {
            let name = &processor.spec().name;
            for progress in processing.store.progress(Some(name)).await? {
                statuses.push(self.status(processing, progress).await?);
            }
        }
        statuses.iter().for_each(gauges::set);
        Ok(statuses)
    }

    async fn status(
        &self,
        processing: &Processing,
        progress: GenerationProgress,
    ) -> Result<ProcessorStatus, RunError> {
        let checkpoints = progress.partitions.iter().map(|row| row.checkpoint);
        let mut position = checkpoints.min().unwrap_or_default();
        let (lag_events, lag) = if progress.row.state == GenerationState::Inline {
            // Its checkpoints stand still, and it is never behind.
            position = position.max(self.store().watch().position());
            (0, Duration::ZERO)
        } else {
            self.lag(processing, &progress, position).await?
        };
        let mut owners = BTreeMap::new();
        for row in &progress.partitions {
            if let Some(owner) = &row.owner {
                *owners.entry(owner.clone()).or_default() += 1;
            }
        }
        let held: usize = owners.values().sum();
        let report = processing.report(&progress.row.of);
        let running = report
            .since
            .and_then(|since| (self.now() - since).to_std().ok());
        #[expect(clippy::cast_precision_loss, reason = "a rate is an estimate")]
        let rate = running.map_or(0.0, |time| {
            report.events as f64 / time.as_secs_f64().max(0.001)
        });
        Ok(ProcessorStatus {
            kind: progress.row.kind,
            version: progress.row.version,
            generation_state: progress.row.state,
            state: report.state,
            position,
            lag_events,
            lag,
            rate,
            idle_partitions: progress.partitions.len() - held,
            owners,
            parked_keys: progress.parked_keys,
            parked_events: progress.parked_events,
            staged_commands: progress.staged_commands,
            parked_commands: progress.parked_commands,
            last_error: report.last_error,
            generation: progress.row.of,
        })
    }

    async fn lag(
        &self,
        processing: &Processing,
        progress: &GenerationProgress,
        position: Position,
    ) -> Result<(u64, Duration), RunError> {
        let Some(processor) = processing.processor(&progress.row.of.processor) else {
            return Ok((0, Duration::ZERO));
        };
        let request = LogRead::after(position)
            .filter(processor.spec().filter.clone())
            .limit(COUNTED);
        let count = processing.store.count_log(request).await?;
        let lag = count
            .first_recorded_at
            .and_then(|first| (self.now() - first).to_std().ok());
        let events = if count.is_last {
            count.events
        } else {
            let end = self.store().watch().position().max(count.through);
            end.get() - position.get()
        };
        Ok((events, lag.unwrap_or_default()))
    }
}
