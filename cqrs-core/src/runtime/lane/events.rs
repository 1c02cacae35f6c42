//! The next batch: read, route, load, handle, and come on in one step.

use chrono::{DateTime, Utc};
use futures::StreamExt;
use tracing::Instrument;

use super::batch::Batch;
use super::failures::Verdict;
use super::page::{Page, PageEvent};
use super::{Blocked, Lane, LaneError, LaneState};
use crate::domain::error_policy::FailureKind;
use crate::ports::advance::{Advance, AdvanceError};
use crate::ports::error::StoreError;
use crate::runtime::processor::{
    CommitError, KeyOutcome, KeyWork, ProcessorError, RoutedEvent, described,
};
use crate::words::document_key::DocumentKey;
use crate::words::partition::Partition;
use crate::words::position::Position;

/// So often in a row the store may fail in the midst of a user's writes, though it can be reached before, until that counts
/// as a failure of the user's code.
const MOST_CUT_OFF: u32 = 5;

/// What became of an attempt to record a step.
pub(super) enum Recorded {
    Done,
    /// Somebody else has the partition, or it was recorded before: take up what is held now.
    Stale,
    /// The store refuses what is in it.
    Refused(String),
    /// The user's own writes failed.
    Failed(ProcessorError),
}

impl Lane {
    /// Reads the next page and comes on through it; says whether it did.
    pub(super) async fn next_batch(
        &self,
        state: &mut LaneState,
        now: DateTime<Utc>,
    ) -> Result<bool, LaneError> {
        let Some(after) = state.hindmost() else {
            return Ok(false);
        };
        let page = match state.ahead.take() {
            Some((start, page)) if start == after => page,
            _ => self.read(after).await?,
        };
        if page.through == after {
            return Ok(false);
        }
        let next = async {
            if page.is_last {
                None
            } else {
                // Read while this page is handled. It is only a head start: when it fails, the next step reads it.
                self.read(page.through).await.ok()
            }
        };
        let started = std::time::Instant::now();
        let come = self
            .come_through(state, &page, now)
            .instrument(self.span(after, &page));
        let (done, ahead) = futures::join!(come, next);
        done?;
        state.ahead = ahead.map(|next| (page.through, next));
        metrics::histogram!("cqrs_processor_batch_seconds", "processor" => self.name().to_string())
            .record(started.elapsed().as_secs_f64());
        Ok(true)
    }

    /// Comes on through a page: in one step, or event by event when the store refuses it as a whole.
    async fn come_through(
        &self,
        state: &mut LaneState,
        page: &Page,
        now: DateTime<Utc>,
    ) -> Result<(), LaneError> {
        match self
            .try_through(state, &page.events, page.through, now)
            .await?
        {
            Recorded::Done => Ok(()),
            Recorded::Stale => Ok(self.start_over(state).await?),
            Recorded::Refused(_) | Recorded::Failed(..) => self.one_by_one(state, page, now).await,
        }
    }

    async fn try_through(
        &self,
        state: &mut LaneState,
        events: &[PageEvent],
        through: Position,
        now: DateTime<Utc>,
    ) -> Result<Recorded, LaneError> {
        let batch = state.batch(events);
        let count = batch.events;
        let works = self.load(&batch, now).await?;
        let verdict = self.run(works.clone(), now).await?;
        let advance = self.advance_of(state, batch, &verdict, through, now)?;
        let recorded = self.record(state, advance, &works).await?;
        if matches!(recorded, Recorded::Done) {
            self.observed.count(count, now);
            metrics::counter!("cqrs_processor_events_total", "processor" => self.name().to_string())
                .increment(count as u64);
        }
        Ok(recorded)
    }

    /// One event at a time, to find the one that is refused. Its keys are dealt with as if it had failed.
    async fn one_by_one(
        &self,
        state: &mut LaneState,
        page: &Page,
        now: DateTime<Utc>,
    ) -> Result<(), LaneError> {
        for event in &page.events {
            let through = event.position;
            let one = std::slice::from_ref(event);
            let error = match self.try_through(state, one, through, now).await? {
                Recorded::Done => continue,
                Recorded::Stale => return Ok(self.start_over(state).await?),
                Recorded::Refused(error) => ProcessorError {
                    kind: FailureKind::Refused,
                    error,
                },
                Recorded::Failed(error) => error,
            };
            let mut batch = state.batch(one);
            for (key, (partition, _)) in std::mem::take(&mut batch.work) {
                batch
                    .undecoded
                    .push((key, partition, event.position, error.clone()));
            }
            let advance = self.advance_of(state, batch, &Verdict::default(), through, now)?;
            match self.record(state, advance, &[]).await? {
                Recorded::Done => {}
                Recorded::Stale => return Ok(self.start_over(state).await?),
                Recorded::Refused(error) | Recorded::Failed(ProcessorError { error, .. }) => {
                    return Err(StoreError::other(error).into());
                }
            }
        }
        let advance = self.advance_of(
            state,
            Batch::default(),
            &Verdict::default(),
            page.through,
            now,
        )?;
        match self.record(state, advance, &[]).await? {
            Recorded::Done => Ok(()),
            _ => Ok(self.start_over(state).await?),
        }
    }

    /// The work of each key, with its document.
    async fn load(&self, batch: &Batch, now: DateTime<Utc>) -> Result<Vec<KeyWork>, StoreError> {
        let mut works: Vec<KeyWork> = batch
            .work
            .iter()
            .map(|(key, (partition, events))| work(key, *partition, events.clone(), now))
            .collect();
        self.load_documents(&mut works).await?;
        Ok(works)
    }

    pub(super) async fn load_documents(&self, works: &mut [KeyWork]) -> Result<(), StoreError> {
        if works.is_empty() || !self.processor.keeps_documents() {
            return Ok(());
        }
        let keys: Vec<_> = works.iter().map(|work| work.key.clone()).collect();
        let stored = self.store.load_documents(&self.row.of, &keys).await?;
        let mut documents: std::collections::HashMap<_, _> = stored
            .into_iter()
            .map(|document| (document.key, document.content))
            .collect();
        for work in works {
            work.document = documents.remove(&work.key);
        }
        Ok(())
    }

    /// Has the processor handle each key, several at the same time where it can.
    async fn run(&self, works: Vec<KeyWork>, now: DateTime<Utc>) -> Result<Verdict, LaneError> {
        let mut verdict = Verdict::default();
        let mut outcomes = futures::stream::iter(works)
            .map(|work| async move {
                let outcome = self.processor.handle(work.clone()).await;
                self.decide(work, outcome, now).await
            })
            .buffer_unordered(self.processor.concurrency());
        while let Some(decided) = outcomes.next().await {
            verdict.add(decided?);
        }
        Ok(verdict)
    }

    fn advance_of(
        &self,
        state: &LaneState,
        batch: Batch,
        verdict: &Verdict,
        through: Position,
        now: DateTime<Utc>,
    ) -> Result<Advance, LaneError> {
        let mut advance = Advance::new(self.row.of.clone());
        advance.partitions = state.through(through);
        verdict.write_to(&mut advance);
        advance.parked.extend(batch.waiting);
        for (key, partition, position, error) in batch.undecoded {
            if let Some(event) = self.park_or_skip(key, partition, position, 1, &error, now)? {
                advance.parked.push(event);
            }
        }
        advance
            .documents
            .sort_by(|one, other| one.key.cmp(&other.key));
        Ok(advance)
    }

    /// Records a step, again after a passing failure: it is either stale then, or was not recorded.
    pub(super) async fn record(
        &self,
        state: &mut LaneState,
        advance: Advance,
        works: &[KeyWork],
    ) -> Result<Recorded, LaneError> {
        if advance.partitions.is_empty() {
            return Ok(Recorded::Done);
        }
        let recorded = self
            .processor
            .advance(&self.store, advance.clone(), works)
            .await;
        match recorded {
            Ok(()) => {
                self.recorded(state, &advance);
                Ok(Recorded::Done)
            }
            Err(CommitError::Advance(AdvanceError::Stale { .. })) => Ok(Recorded::Stale),
            Err(CommitError::Advance(AdvanceError::Store(error))) if error.is_transient() => {
                // Perhaps it was recorded: what is held now says so.
                let partitions = advance.partitions.iter().map(|step| step.partition);
                state.unsure.extend(partitions);
                state.held.clear();
                state.ahead = None;
                self.forget_assignment();
                Err(error.into())
            }
            Err(CommitError::Advance(error)) => Ok(Recorded::Refused(described(&error))),
            Err(CommitError::CutOff(error)) if state.cut_off < MOST_CUT_OFF => {
                state.cut_off += 1;
                state.ahead = None;
                Err(error.into())
            }
            // An event at which the connection is lost again and again has something to do with it.
            Err(CommitError::CutOff(error)) => Ok(Recorded::Failed(ProcessorError {
                kind: FailureKind::Failed,
                error: described(&error),
            })),
            Err(CommitError::Failed(error)) => Ok(Recorded::Failed(error)),
        }
    }

    /// Keeps what the lane knows in step with what is recorded.
    fn recorded(&self, state: &mut LaneState, advance: &Advance) {
        state.cut_off = 0;
        state.moved(&advance.partitions);
        for event in &advance.parked {
            let Some(failure) = &event.failure else {
                continue;
            };
            let blocked = Blocked {
                partition: event.partition,
                retry_at: failure.retry_at,
                request: None,
                is_free: false,
            };
            state.blocked.insert(event.key.clone(), blocked);
        }
        if !advance.staged.is_empty() {
            self.staged.notify_one();
        }
        self.observed.see(state);
    }

    fn span(&self, after: Position, page: &Page) -> tracing::Span {
        tracing::debug_span!(
            "cqrs.processor.batch",
            processor = %self.name(),
            generation = %self.row.of.generation,
            %after,
            through = %page.through,
            events = page.events.len(),
        )
    }
}

pub(super) fn work(
    key: &DocumentKey,
    partition: Partition,
    events: Vec<RoutedEvent>,
    now: DateTime<Utc>,
) -> KeyWork {
    KeyWork {
        key: key.clone(),
        partition,
        document: None,
        events,
        attempts: 0,
        now,
    }
}

impl Verdict {
    fn write_to(&self, advance: &mut Advance) {
        advance.documents.clone_from(&self.documents);
        advance.parked.clone_from(&self.parked);
        advance.cancelled.clone_from(&self.effects.cancelled);
        advance.staged.clone_from(&self.effects.staged);
    }

    pub(super) fn add_outcome(&mut self, outcome: KeyOutcome) {
        self.documents.extend(outcome.write);
        self.effects.staged.extend(outcome.effects.staged);
        self.effects.cancelled.extend(outcome.effects.cancelled);
    }
}
