//! Parked events whose time has come: delivered again with today's code, in order, by the owner of their partition.

use chrono::{DateTime, Utc};

use super::events::{Recorded, work};
use super::failures::Verdict;
use super::{Blocked, Lane, LaneError, LaneState};
use crate::domain::error_policy::FailureKind;
use crate::ports::advance::Advance;
use crate::ports::error::StoreError;
use crate::ports::parked::{ListParked, ParkedEvent, ParkedRequest};
use crate::ports::read_log::LogRead;
use crate::runtime::processor::{ProcessorError, Routed, RoutedEvent};
use crate::words::document_key::DocumentKey;
use crate::words::position::Position;

/// How many parked events of a key are delivered in one step.
const MOST: usize = 200;

/// A parked event as today's code sees it.
enum Again {
    /// It is about the key.
    Event(RoutedEvent),
    /// It is not about the key any more, or is gone: there is nothing to deliver.
    Nothing,
    /// It still can't be decoded.
    Failed(ProcessorError),
}

impl Lane {
    /// Goes on with each blocked key that somebody asks for, or whose delay is over; says whether there was one.
    pub(super) async fn replay_due(
        &self,
        state: &mut LaneState,
        now: DateTime<Utc>,
    ) -> Result<bool, LaneError> {
        let due: Vec<_> = state
            .blocked
            .iter()
            .filter(|(_, blocked)| blocked.is_due(now))
            .map(|(key, blocked)| (key.clone(), *blocked))
            .collect();
        for (key, blocked) in &due {
            match self.replay(state, key, *blocked, now, MOST).await? {
                Recorded::Done => {}
                Recorded::Stale => {
                    self.start_over(state).await?;
                    break;
                }
                Recorded::Refused(_) | Recorded::Failed(..) => {
                    // One by one, to find the one that is refused.
                    match self.replay(state, key, *blocked, now, 1).await? {
                        Recorded::Done => {}
                        Recorded::Stale => {
                            self.start_over(state).await?;
                            break;
                        }
                        Recorded::Refused(error) => {
                            let kind = FailureKind::Refused;
                            let error = ProcessorError { kind, error };
                            self.fail_again(state, key, *blocked, &error, now).await?;
                        }
                        Recorded::Failed(error) => {
                            self.fail_again(state, key, *blocked, &error, now).await?;
                        }
                    }
                }
            }
        }
        Ok(!due.is_empty())
    }

    /// Delivers the first events of a blocked key, and un-parks those that are done, in one step.
    async fn replay(
        &self,
        state: &mut LaneState,
        key: &DocumentKey,
        blocked: Blocked,
        now: DateTime<Utc>,
        most: usize,
    ) -> Result<Recorded, LaneError> {
        let mut parked = self.first_parked(key, most + 1).await?;
        let has_more = parked.len() > most;
        parked.truncate(most);
        let discarded = usize::from(blocked.request == Some(ParkedRequest::Discard));
        let mut works = vec![work(key, blocked.partition, Vec::new(), now)];
        let mut undecoded = None;
        for parked in parked.iter().skip(discarded) {
            match (self.again(parked).await?, works.first_mut()) {
                (Again::Event(event), Some(work)) => work.events.push(event),
                (Again::Failed(error), _) => {
                    undecoded = Some((parked, error));
                    break;
                }
                (Again::Nothing | Again::Event(_), _) => {}
            }
        }
        self.load_documents(state, &mut works).await?;
        let mut verdict = Verdict::default();
        for work in &mut works {
            work.attempts = parked.get(discarded).map_or(0, attempts_of);
            let outcome = self.processor.handle(work).await;
            verdict.add(self.decide(work, outcome, now).await?);
        }
        // Those that wait behind a failure are parked already.
        let mut failed = verdict
            .parked
            .into_iter()
            .find(|event| event.failure.is_some());
        let is_done = |parked: &ParkedEvent| {
            let until = failed.as_ref().map(|event| event.position);
            until.is_none_or(|until| parked.event.position < until)
        };
        let mut done: Vec<_> = parked.iter().filter(|parked| is_done(parked)).collect();
        if let (None, Some((event, error))) = (&failed, undecoded) {
            let position = event.event.position;
            let attempts = attempts_of(event).saturating_add(1);
            let key = key.clone();
            failed = self.park_or_skip(key, blocked.partition, position, attempts, &error, now)?;
            let is_skipped = failed.is_none();
            done.retain(|parked| {
                let own = parked.event.position;
                own < position || (is_skipped && own == position)
            });
        }
        let is_free = failed.is_none() && (has_more || done.len() < parked.len());
        let is_parked = failed.is_some();
        let mut advance = Advance::new(self.row.of.clone());
        advance.partitions = state.at(&[blocked.partition]);
        advance.documents = verdict.documents;
        advance.cancelled = verdict.effects.cancelled;
        advance.staged = verdict.effects.staged;
        advance.unparked = done
            .iter()
            .map(|parked| (key.clone(), parked.event.position))
            .collect();
        advance.parked.extend(failed);
        let recorded = self.record(state, advance, &works).await?;
        if matches!(recorded, Recorded::Done) {
            if is_free && let Some(known) = state.blocked.get_mut(key) {
                *known = Blocked {
                    partition: blocked.partition,
                    retry_at: None,
                    request: None,
                    is_free,
                };
            } else if !is_parked {
                state.blocked.remove(key);
            }
        }
        Ok(recorded)
    }

    /// The first parked event of the key is what failed.
    async fn fail_again(
        &self,
        state: &mut LaneState,
        key: &DocumentKey,
        blocked: Blocked,
        error: &ProcessorError,
        now: DateTime<Utc>,
    ) -> Result<(), LaneError> {
        let Some(first) = self.first_parked(key, 1).await?.pop() else {
            return Ok(());
        };
        let position = first.event.position;
        let attempts = attempts_of(&first).saturating_add(1);
        let parked = self.park_or_skip(
            key.clone(),
            blocked.partition,
            position,
            attempts,
            error,
            now,
        )?;
        let mut advance = Advance::new(self.row.of.clone());
        advance.partitions = state.at(&[blocked.partition]);
        if parked.is_none() {
            advance.unparked.push((key.clone(), position));
            state
                .blocked
                .entry(key.clone())
                .and_modify(|known| known.is_free = true);
        }
        advance.parked.extend(parked);
        match self.record(state, advance, &[]).await? {
            Recorded::Done => Ok(()),
            Recorded::Stale => Ok(self.start_over(state).await?),
            Recorded::Refused(error) | Recorded::Failed(ProcessorError { error, .. }) => {
                Err(StoreError::other(error).into())
            }
        }
    }

    async fn first_parked(
        &self,
        key: &DocumentKey,
        limit: usize,
    ) -> Result<Vec<ParkedEvent>, StoreError> {
        let request = ListParked {
            of: self.row.of.clone(),
            key: Some(key.clone()),
            after: None,
            limit,
        };
        self.store.list_parked(request).await
    }

    async fn again(&self, parked: &ParkedEvent) -> Result<Again, StoreError> {
        let position = parked.event.position;
        let before = Position::new(position.get().saturating_sub(1)).unwrap_or_default();
        let request = LogRead::after(before)
            .through(position)
            .filter(self.processor.spec().filter.clone())
            .limit(1);
        let page = self.store.read_log(request).await?;
        let Some(recorded) = page.events.into_iter().next() else {
            return Ok(Again::Nothing);
        };
        let mut routed = Routed::default();
        match self.processor.route(recorded, &mut routed) {
            Ok(()) => {
                let mut routed = routed.into_events().into_iter();
                let about_key = routed.find(|(key, _)| *key == parked.event.key);
                Ok(about_key.map_or(Again::Nothing, |(_, event)| Again::Event(event)))
            }
            Err(error) => Ok(Again::Failed(error)),
        }
    }
}

/// How often a parked event has failed.
fn attempts_of(parked: &ParkedEvent) -> u32 {
    let failure = parked.event.failure.as_ref();
    failure.map_or(0, |failure| failure.attempts)
}
