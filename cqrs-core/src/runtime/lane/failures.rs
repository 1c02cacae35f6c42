//! What is done when a key fails: the error policy decides, and the lane does it.

use chrono::{DateTime, Utc};

use super::batch::waiting;
use super::{Lane, LaneError, later};
use crate::domain::error_policy::{ErrorDecision, Failure, FailureKind};
use crate::ports::documents::DocumentWrite;
use crate::ports::parked::{ParkEvent, ParkedFailure};
use crate::runtime::processor::{Effects, KeyOutcome, KeyWork, ProcessorError};
use crate::words::document_key::DocumentKey;
use crate::words::partition::Partition;
use crate::words::position::Position;

/// What the keys of a batch lead to.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) documents: Vec<DocumentWrite>,
    pub(super) parked: Vec<ParkEvent>,
    pub(super) effects: Effects,
    /// How many events of the work are done or skipped.
    pub(super) done: usize,
}

impl Verdict {
    pub(super) fn add(&mut self, other: Self) {
        self.documents.extend(other.documents);
        self.parked.extend(other.parked);
        self.effects.staged.extend(other.effects.staged);
        self.effects.cancelled.extend(other.effects.cancelled);
        self.done += other.done;
    }
}

impl Lane {
    /// Goes on with a key until its events are done, skipped, or parked.
    pub(super) async fn decide(
        &self,
        work: &KeyWork,
        mut outcome: KeyOutcome,
        now: DateTime<Utc>,
    ) -> Result<Verdict, LaneError> {
        let mut verdict = Verdict::default();
        // Nearly always all events are done, and nothing is copied.
        let mut work = std::borrow::Cow::Borrowed(work);
        loop {
            let failed = outcome.failed.take();
            let done = outcome.done;
            let document = outcome.document.take();
            // A later write of the same key replaces this one.
            if outcome.write.is_some() {
                verdict.documents.clear();
            }
            verdict.done += done;
            verdict.add_outcome(outcome);
            let Some(error) = failed else {
                return Ok(verdict);
            };
            let work = work.to_mut();
            work.document = document;
            let attempts = if done == 0 { work.attempts + 1 } else { 1 };
            work.events.drain(..done.min(work.events.len()));
            let Some(culprit) = work.events.first() else {
                return Ok(verdict);
            };
            let position = culprit.position;
            let key = work.key.clone();
            let parked = self.park_or_skip(key, work.partition, position, attempts, &error, now)?;
            if let Some(parked) = parked {
                verdict.parked.push(parked);
                let behind = work.events.iter().skip(1);
                let behind =
                    behind.map(|event| waiting(work.partition, work.key.clone(), event.position));
                verdict.parked.extend(behind);
                return Ok(verdict);
            }
            work.events.remove(0);
            work.attempts = 0;
            verdict.done += 1;
            outcome = self.processor.handle(work).await;
        }
    }

    /// Asks the policy about a failure: how the event is parked, or `None` to go on without it.
    pub(super) fn park_or_skip(
        &self,
        key: DocumentKey,
        partition: Partition,
        position: Position,
        attempts: u32,
        error: &ProcessorError,
        now: DateTime<Utc>,
    ) -> Result<Option<ParkEvent>, LaneError> {
        let decision = self.ask_policy(&key, position, attempts, error);
        let retry_at = match decision {
            ErrorDecision::Retry { after } => Some(later(now, after)),
            ErrorDecision::Park => None,
            ErrorDecision::Skip => return Ok(None),
            ErrorDecision::Stop => {
                return Err(LaneError::Stopped {
                    position,
                    key,
                    error: error.error.clone(),
                });
            }
        };
        Ok(Some(ParkEvent {
            partition,
            key,
            position,
            failure: Some(ParkedFailure {
                attempts,
                error: error.error.clone(),
                retry_at,
            }),
        }))
    }

    pub(super) fn ask_policy(
        &self,
        key: &DocumentKey,
        position: Position,
        attempts: u32,
        error: &ProcessorError,
    ) -> ErrorDecision {
        let failure = Failure::new(
            self.name().clone(),
            key.clone(),
            position,
            attempts,
            error.kind,
            error.error.clone(),
        );
        let decision = self.settings.policy.decide(&failure);
        tracing::warn!(
            processor = %self.name(),
            %key,
            %position,
            attempts,
            error = %error.error,
            ?decision,
            "a processor failed at an event"
        );
        metrics::counter!(
            "cqrs_processor_failures_total",
            "processor" => self.name().to_string(),
            "kind" => kind_label(error.kind)
        )
        .increment(1);
        self.observed.failed(error.error.clone());
        decision
    }
}

fn kind_label(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Coding => "coding",
        FailureKind::Failed => "failed",
        FailureKind::Panicked => "panicked",
        FailureKind::TimedOut => "timed out",
        FailureKind::Refused => "refused",
        FailureKind::NotSent => "not sent",
    }
}
