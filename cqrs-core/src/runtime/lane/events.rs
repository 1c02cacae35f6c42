//! The next batch: read, route, load, handle, and come on in one step.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::StreamExt;
use tracing::Instrument;

use super::batch::Batch;
use super::documents::Known;
use super::failures::Verdict;
use super::page::{Page, PageEvent};
use super::{Blocked, Lane, LaneError, LaneState};
use crate::domain::error_policy::FailureKind;
use crate::ports::advance::{Advance, AdvanceError, PartitionAdvance};
use crate::ports::documents::DocumentWrite;
use crate::ports::error::StoreError;
use crate::runtime::ahead::Ahead;
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
        self: &Arc<Self>,
        state: &mut LaneState,
        now: DateTime<Utc>,
    ) -> Result<bool, LaneError> {
        let Some(after) = state.hindmost().filter(|_| !self.slices().is_inline()) else {
            return Ok(false);
        };
        let ahead = match state.ahead.take() {
            Some((start, mut ahead)) if start == after => ahead.take().await,
            _ => None,
        };
        let page = match ahead {
            Some(page) => page,
            None => self.read(after, state.stride).await?,
        };
        if page.through == after {
            return Ok(false);
        }
        if !page.is_last {
            let (lane, from, stride) = (Arc::clone(self), page.through, state.stride);
            let mut ahead = Ahead::default();
            ahead.begin(async move { lane.read(from, stride).await });
            state.ahead = Some((from, ahead));
        }
        let started = std::time::Instant::now();
        state.handled = 0;
        self.come_through(state, &page, now)
            .instrument(self.span(after, &page))
            .await?;
        let took = started.elapsed();
        if self.slices().is_live() {
            state
                .stride
                .learn(self.row.kind, &page, state.handled, took, &self.settings);
        } else {
            state.stride.grow(&self.settings);
        }
        metrics::histogram!("cqrs_processor_batch_seconds", "processor" => self.name().to_string())
            .record(took.as_secs_f64());
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
            .try_through(state, page, &page.events, page.through, now)
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
        page: &Page,
        events: &[PageEvent],
        through: Position,
        now: DateTime<Utc>,
    ) -> Result<Recorded, LaneError> {
        let mut batch = state.batch(page, events, now);
        let count = batch.events;
        let mut works = std::mem::take(&mut batch.works);
        self.load_documents(state, &mut works).await?;
        let verdict = self.run(&works, now).await?;
        let advance = self.advance_of(state, batch, verdict, through, now)?;
        let recorded = self.record(state, advance, &works).await?;
        if matches!(recorded, Recorded::Done) {
            state.handled += count;
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
            let error = match self.try_through(state, page, one, through, now).await? {
                Recorded::Done => continue,
                Recorded::Stale => return Ok(self.start_over(state).await?),
                Recorded::Refused(error) => ProcessorError {
                    kind: FailureKind::Refused,
                    error,
                },
                Recorded::Failed(error) => error,
            };
            let mut batch = state.batch(page, one, now);
            for work in std::mem::take(&mut batch.works) {
                batch
                    .undecoded
                    .push((work.key, work.partition, event.position, error.clone()));
            }
            let advance = self.advance_of(state, batch, Verdict::default(), through, now)?;
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
            Verdict::default(),
            page.through,
            now,
        )?;
        match self.record(state, advance, &[]).await? {
            Recorded::Done => Ok(()),
            _ => Ok(self.start_over(state).await?),
        }
    }

    /// Gives each work the document of its key. The store is asked for those that the lane does not know.
    pub(super) async fn load_documents(
        &self,
        state: &mut LaneState,
        works: &mut [KeyWork],
    ) -> Result<(), StoreError> {
        if !self.processor.keeps_documents() {
            return Ok(());
        }
        let mut unknown = Vec::new();
        for work in works.iter_mut() {
            match state.document(work.partition, &work.key) {
                Known::Is(document) => work.document = document,
                Known::Unknown => unknown.push(work),
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = unknown.iter().map(|work| work.key.clone()).collect();
        let stored = self.store.load_documents(&self.row.of, &keys).await?;
        let mut documents: std::collections::HashMap<_, _> = stored
            .into_iter()
            .map(|document| (document.key, document.content))
            .collect();
        for work in unknown {
            work.document = documents.remove(&work.key);
        }
        Ok(())
    }

    /// Has the processor handle each key, several at the same time where it can.
    async fn run(&self, works: &[KeyWork], now: DateTime<Utc>) -> Result<Verdict, LaneError> {
        let mut verdict = Verdict::default();
        if self.processor.concurrency() == 1 {
            for work in works {
                verdict.add(self.handle(work, now).await?);
            }
            return Ok(verdict);
        }
        let handled: Vec<_> = works.iter().map(|work| self.handle(work, now)).collect();
        let mut handled =
            futures::stream::iter(handled).buffer_unordered(self.processor.concurrency());
        while let Some(decided) = handled.next().await {
            verdict.add(decided?);
        }
        Ok(verdict)
    }

    async fn handle(&self, work: &KeyWork, now: DateTime<Utc>) -> Result<Verdict, LaneError> {
        let outcome = self.processor.handle(work).await;
        self.decide(work, outcome, now).await
    }

    fn advance_of(
        &self,
        state: &LaneState,
        batch: Batch,
        verdict: Verdict,
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
        let news = News::of(&advance);
        state.doubt(&news.documents, self.row.partitions);
        let recorded = self.processor.advance(&self.store, advance, works).await;
        match recorded {
            Ok(()) => {
                self.recorded(state, news);
                Ok(Recorded::Done)
            }
            Err(CommitError::Advance(AdvanceError::Stale { .. })) => Ok(Recorded::Stale),
            Err(CommitError::Advance(AdvanceError::Store(error))) if error.is_transient() => {
                // Perhaps it was recorded: what is held now says so.
                let partitions = news.partitions.iter().map(|step| step.partition);
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
    fn recorded(&self, state: &mut LaneState, news: News) {
        state.cut_off = 0;
        state.moved(&news.partitions);
        state.blocked.extend(news.blocked);
        state.learn(news.documents, self.row.partitions);
        if news.has_staged {
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

/// What the lane has to know of a step once it is recorded.
struct News {
    partitions: Vec<PartitionAdvance>,
    blocked: Vec<(DocumentKey, Blocked)>,
    documents: Vec<DocumentWrite>,
    has_staged: bool,
}

impl News {
    fn of(advance: &Advance) -> Self {
        let blocked = advance.parked.iter().filter_map(|event| {
            let blocked = Blocked {
                partition: event.partition,
                retry_at: event.failure.as_ref()?.retry_at,
                request: None,
                is_free: false,
            };
            Some((event.key.clone(), blocked))
        });
        Self {
            partitions: advance.partitions.clone(),
            blocked: blocked.collect(),
            documents: advance.documents.clone(),
            has_staged: !advance.staged.is_empty(),
        }
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
    fn write_to(self, advance: &mut Advance) {
        advance.documents = self.documents;
        advance.parked = self.parked;
        advance.cancelled = self.effects.cancelled;
        advance.staged = self.effects.staged;
    }

    pub(super) fn add_outcome(&mut self, outcome: KeyOutcome) {
        self.documents.extend(outcome.write);
        self.effects.staged.extend(outcome.effects.staged);
        self.effects.cancelled.extend(outcome.effects.cancelled);
    }
}
