//! A naive log with one mistake: every question looks at every event.

use std::collections::HashMap;

use chrono::{DateTime, SubsecRound, Utc};
use cqrs_core::ports::append::{Append, AppendOutcome, Appended, StreamAppend};
use cqrs_core::ports::error::AppendError;
use cqrs_core::ports::receipts::StoredReceipt;
use cqrs_core::words::event::{NewEvent, RecordedEvent};
use cqrs_core::words::idempotency_key::IdempotencyKey;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::StreamId;
use cqrs_core::words::version::{ExpectedVersion, StreamVersion, VersionConflict};

use crate::defect::Defect;
use crate::matching;

/// What is checked before an append is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Receipt,
    Ids,
    Versions,
    Condition,
}

/// All events by position.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) defect: Defect,
    pub(crate) events: Vec<RecordedEvent>,
    pub(crate) receipts: HashMap<IdempotencyKey, StoredReceipt>,
    lost_versions: HashMap<StreamId, usize>,
    drawn: u64,
}

impl Log {
    pub(crate) fn new(defect: Defect) -> Self {
        Self {
            defect,
            events: Vec::new(),
            receipts: HashMap::new(),
            lost_versions: HashMap::new(),
            drawn: 0,
        }
    }

    /// The answer of one check: an outcome from before, an error, or nothing.
    pub(crate) fn check(
        &mut self,
        check: Check,
        append: &Append,
    ) -> Result<Option<AppendOutcome>, AppendError> {
        match check {
            Check::Receipt => {
                let keys = append.receipts.iter().map(|receipt| &receipt.key);
                let stored = keys.filter_map(|key| self.receipts.get(key));
                let stored: Vec<_> = match self.defect {
                    Defect::LooksForTheFirstReceiptOnly => {
                        let first = append.receipts.first();
                        let first = first.and_then(|first| self.receipts.get(&first.key));
                        first.cloned().into_iter().collect()
                    }
                    _ => stored.cloned().collect(),
                };
                Ok((!stored.is_empty()).then_some(AppendOutcome::Repeated(stored)))
            }
            Check::Ids => self.check_ids(append),
            Check::Versions => {
                for part in &append.streams {
                    self.check_version(part)?;
                }
                Ok(None)
            }
            Check::Condition => self.check_condition(append),
        }
    }

    fn check_ids(&self, append: &Append) -> Result<Option<AppendOutcome>, AppendError> {
        let known = |id| self.events.iter().any(|recorded| recorded.event_id == id);
        let Some(reused) = append.events().find(|event| known(event.event_id)) else {
            return Ok(None);
        };
        let event_id = reused.event_id;
        match self.first_outcome(append) {
            Some(appended) => Ok(Some(AppendOutcome::Recorded(appended))),
            // The request was done before, perhaps with other events.
            None if (append.receipts.iter()).any(|new| self.receipts.contains_key(&new.key)) => {
                Ok(None)
            }
            None => Err(AppendError::EventIdReused { event_id }),
        }
    }

    fn first_outcome(&self, append: &Append) -> Option<Appended> {
        let mut appended = Appended::new(Position::START, Vec::new());
        for part in &append.streams {
            let stream: Vec<_> = self.of_stream(&part.stream).collect();
            let first = part.events.first()?.event_id;
            let before = stream
                .iter()
                .position(|recorded| recorded.event_id == first)?;
            let recorded = stream.get(before..before + part.events.len())?;
            let as_expected = part.expected.is_met_by(StreamVersion::NONE.after(before));
            let same = part.events.iter().zip(recorded).all(|(new, recorded)| {
                let ids = new.event_id == recorded.event_id;
                ids && (self.defect == Defect::ComparesIdsOnly || is_same(new, recorded))
            });
            if !as_expected || !same {
                return None;
            }
            let last = recorded.last()?;
            appended.position = appended.position.max(last.position);
            appended.streams.push((part.stream.clone(), last.version));
        }
        Some(appended)
    }

    pub(crate) fn check_version(&mut self, part: &StreamAppend) -> Result<(), AppendError> {
        let actual = self.version(&part.stream);
        if part.expected.is_met_by(actual) {
            return Ok(());
        }
        if self.defect == Defect::LeavesGapsInVersions {
            *self.lost_versions.entry(part.stream.clone()).or_default() += 1;
        }
        let expected = part.expected;
        let actual = match (self.defect, expected) {
            (Defect::ReportsTheExpectedVersionAsActual, ExpectedVersion::Exact(version)) => version,
            _ => actual,
        };
        let stream = part.stream.clone();
        let seen = match (self.defect, expected) {
            (Defect::GivesTheWholeStreamAsTail, _) | (_, ExpectedVersion::NoStream) => 0,
            (_, ExpectedVersion::Exact(version)) => version.get(),
            _ => u64::MAX,
        };
        let tail = self.of_stream(&part.stream);
        let tail = tail.filter(|event| event.version.get() > seen);
        Err(AppendError::Conflict {
            tail: tail.take(AppendError::MOST_IN_TAIL).cloned().collect(),
            conflict: VersionConflict {
                stream,
                expected,
                actual,
            },
        })
    }

    fn check_condition(&self, append: &Append) -> Result<Option<AppendOutcome>, AppendError> {
        let Some(condition) = &append.condition else {
            return Ok(None);
        };
        let later = self
            .events
            .iter()
            .filter(|event| event.position > condition.after);
        let mut failing =
            later.filter(|event| matching::fails_condition(self.defect, &condition.filter, event));
        match failing.next() {
            None => Ok(None),
            Some(event) => Err(AppendError::ConditionFailed {
                position: event.position,
            }),
        }
    }

    /// Draws the next position.
    pub(crate) fn draw(&mut self) -> Position {
        self.drawn += 1;
        Position::new(self.drawn).expect("a test does not record so many events")
    }

    /// The next one is after all events, wherever they are.
    pub(crate) fn draw_after_the_end(&mut self) {
        self.drawn = self.drawn.max(self.end().get());
    }

    /// Records everything, at these positions.
    pub(crate) fn record(&mut self, append: Append, positions: Vec<Position>) -> Appended {
        let mut appended = Appended::new(Position::START, Vec::new());
        let mut positions = positions.into_iter();
        for (number, part) in append.streams.into_iter().enumerate() {
            if number > 0 && self.defect == Defect::RecordsTheFirstStreamOnly {
                break;
            }
            for event in part.events {
                let position = positions.next().expect("a position for each event");
                self.push(&part.stream, event, position);
                appended.position = appended.position.max(position);
            }
            let version = self.version(&part.stream);
            appended.streams.push((part.stream, version));
        }
        let most = match self.defect {
            Defect::KeepsTheFirstReceiptOnly => 1,
            _ => usize::MAX,
        };
        for mut receipt in append.receipts.into_iter().take(most) {
            let keeps = self.defect == Defect::KeepsThePositionOfTheDecision;
            if !appended.streams.is_empty() && !keeps {
                receipt.position = appended.position;
            }
            let stored = StoredReceipt {
                receipt,
                recorded_at: now(),
            };
            self.receipts.insert(stored.receipt.key.clone(), stored);
        }
        appended
    }

    pub(crate) fn push(&mut self, stream: &StreamId, mut event: NewEvent, position: Position) {
        match self.defect {
            Defect::RewritesPayloads => {
                let value: serde_json::Value = event.payload.decode().unwrap_or_default();
                event.payload = Payload::from_store(value.to_string());
            }
            Defect::DropsNul => {
                let text = event.payload.as_str().replace("\\u0000", "");
                event.payload = Payload::from_store(text);
            }
            _ => {}
        }
        let version = self.version(stream).after(1);
        self.events
            .push(event.recorded(stream.clone(), version, position, now()));
        self.events.sort_by_key(|event| event.position);
    }

    pub(crate) fn version(&self, stream: &StreamId) -> StreamVersion {
        let events = self.of_stream(stream).count();
        let lost = self.lost_versions.get(stream).copied().unwrap_or(0);
        StreamVersion::NONE.after(events + lost)
    }

    pub(crate) fn of_stream(&self, stream: &StreamId) -> impl Iterator<Item = &RecordedEvent> {
        self.events.iter().filter(|event| match self.defect {
            Defect::FoldsTheCaseOfStreams => {
                let text = event.stream.to_string().to_lowercase();
                text == stream.to_string().to_lowercase()
            }
            _ => event.stream == *stream,
        })
    }

    pub(crate) fn end(&self) -> Position {
        self.events
            .last()
            .map_or(Position::START, |event| event.position)
    }
}

fn is_same(new: &NewEvent, recorded: &RecordedEvent) -> bool {
    let (stream, version) = (recorded.stream.clone(), recorded.version);
    let new = new
        .clone()
        .recorded(stream, version, recorded.position, recorded.recorded_at);
    new == *recorded
}

fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
