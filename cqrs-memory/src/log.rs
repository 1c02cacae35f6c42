//! What a store decides, and in which order: the whole write side of a backend without its I/O.

mod import;
mod index;

use std::ops::Range;

use chrono::{DateTime, Utc};
use cqrs_core::ports::append::{Append, AppendCondition, AppendOutcome, Appended, StreamAppend};
use cqrs_core::ports::count_log::LogCount;
use cqrs_core::ports::error::AppendError;
use cqrs_core::ports::read_log::{LogPage, LogRead};
use cqrs_core::ports::read_stream::{Direction, StreamPage, StreamRead};
use cqrs_core::ports::receipts::{NewReceipt, StoredReceipt};
use cqrs_core::words::event::{EventId, EventName, NewEvent, RecordedEvent};
use cqrs_core::words::filter::Filter;
use cqrs_core::words::idempotency_key::IdempotencyKey;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::StreamId;
use cqrs_core::words::version::{ExpectedVersion, StreamVersion, VersionConflict};

use index::Index;

/// What is hashed here comes from the program itself, so a fast hash will do; it has a random seed all the same.
type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;

/// All events in the order of their positions, and what finds them. An event is named by its place in `events`.
#[derive(Debug, Default)]
pub(crate) struct Log {
    events: Vec<RecordedEvent>,
    /// The events of each stream: the first has version 1, and so on without gaps (A2).
    streams: HashMap<StreamId, Vec<usize>>,
    ids: HashMap<EventId, usize>,
    index: Index,
    receipts: HashMap<IdempotencyKey, StoredReceipt>,
}

impl Log {
    /// Decides about one append: its outcome if it was done before, or `None` if it is to be [recorded](Self::record). The
    /// caller holds the lock, or keeps other appends away, from the first check to the last write, which is what makes the
    /// checks true when the events are recorded (A3, A6).
    ///
    /// The order of the checks is part of the contract: what was done before is answered before anything else is asked,
    /// since by now the stream is elsewhere and the append's own events fail its condition.
    pub(crate) fn decide(&self, append: &Append) -> Result<Option<AppendOutcome>, AppendError> {
        // A4: the append was done before, and only its reply was lost.
        let reused = match self.appended_before(append) {
            Ok(Some(appended)) => return Ok(Some(AppendOutcome::Recorded(appended))),
            Ok(None) => None,
            Err(reused) => Some(reused),
        };
        // A7: requests of it were done before, perhaps with other events.
        let known: Vec<_> = append
            .receipts
            .iter()
            .filter_map(|new| self.receipt(&new.key))
            .collect();
        if !known.is_empty() {
            return Ok(Some(AppendOutcome::Repeated(known)));
        }
        if let Some(reused) = reused {
            return Err(reused);
        }
        // A3: each stream is where it is expected.
        self.check_versions(append)?;
        // A6: nothing happened meanwhile that the decision should have seen.
        self.check_condition(append.condition.as_ref())?;
        Ok(None)
    }

    /// The first outcome of the same append. Ids that are recorded, but not by this append, are an error.
    fn appended_before(&self, append: &Append) -> Result<Option<Appended>, AppendError> {
        let mut ids = append.events().map(|event| event.event_id);
        let Some(event_id) = ids.find(|id| self.ids.contains_key(id)) else {
            return Ok(None);
        };
        match self.first_outcome(append) {
            Some(appended) => Ok(Some(appended)),
            None => Err(AppendError::EventIdReused { event_id }),
        }
    }

    /// Where exactly these events stand, if they do: in these streams, one after the other, from where each stream
    /// was as expected.
    fn first_outcome(&self, append: &Append) -> Option<Appended> {
        let mut position = Position::START;
        let mut streams = Vec::with_capacity(append.streams.len());
        for part in &append.streams {
            let first = self.ids.get(&part.events.first()?.event_id)?;
            let places = self.streams.get(&part.stream)?;
            let before = places.binary_search(first).ok()?;
            let after = before + part.events.len();
            let recorded = places.get(before..after)?;
            let as_expected = part.expected.is_met_by(StreamVersion::NONE.after(before));
            let same_content = part
                .events
                .iter()
                .zip(recorded)
                .all(|(event, place)| is_same(event, &self.events[*place]));
            if !as_expected || !same_content {
                return None;
            }
            for place in recorded {
                position = position.max(self.events[*place].position);
            }
            streams.push((part.stream.clone(), StreamVersion::NONE.after(after)));
        }
        Some(Appended::new(position, streams))
    }

    fn check_versions(&self, append: &Append) -> Result<(), AppendError> {
        for part in &append.streams {
            let actual = self.version(&part.stream);
            if !part.expected.is_met_by(actual) {
                return Err(AppendError::Conflict {
                    conflict: VersionConflict {
                        stream: part.stream.clone(),
                        expected: part.expected,
                        actual,
                    },
                    tail: self.tail(part),
                });
            }
        }
        Ok(())
    }

    /// What others have recorded since the expected version.
    fn tail(&self, part: &StreamAppend) -> Vec<RecordedEvent> {
        let seen = match part.expected {
            ExpectedVersion::NoStream => StreamVersion::NONE,
            ExpectedVersion::Exact(version) => version,
            ExpectedVersion::Any | ExpectedVersion::StreamExists => return Vec::new(),
        };
        let request = StreamRead::forward(part.stream.clone()).from(seen.after(1));
        self.read_stream(&request, AppendError::MOST_IN_TAIL).events
    }

    fn check_condition(&self, condition: Option<&AppendCondition>) -> Result<(), AppendError> {
        let Some(AppendCondition { filter, after }) = condition else {
            return Ok(());
        };
        let meanwhile = self.between(*after, Position::MAX);
        match self.matching(filter, meanwhile).next() {
            None => Ok(()),
            Some(event) => Err(AppendError::ConditionFailed {
                position: event.position,
            }),
        }
    }

    /// The events as [`record`](Self::record) will record them.
    pub(crate) fn foresee(&self, append: &Append, now: DateTime<Utc>) -> Vec<RecordedEvent> {
        let mut position = self.end();
        let mut events = Vec::new();
        for part in &append.streams {
            let before = self.version(&part.stream);
            for (event, place) in part.events.iter().zip(1..) {
                position = next(position);
                let stream = part.stream.clone();
                events.push(
                    event
                        .clone()
                        .recorded(stream, before.after(place), position, now),
                );
            }
        }
        events
    }

    /// Whether an event with one of these names is recorded after a position.
    pub(crate) fn has_after(&self, names: &[EventName], after: Position) -> bool {
        let events = &self.events[self.between(after, Position::MAX)];
        events.iter().any(|event| names.contains(&event.name))
    }

    /// The position of the last event with one of these names.
    pub(crate) fn last_of(&self, names: &[EventName]) -> Position {
        let last = self
            .events
            .iter()
            .rev()
            .find(|event| names.contains(&event.name));
        last.map_or(Position::START, |event| event.position)
    }

    /// Records what was decided to be. A1: nothing fails here.
    pub(crate) fn record(&mut self, append: &Append, now: DateTime<Utc>) -> Appended {
        let mut appended = Appended::new(Position::START, Vec::new());
        appended.streams.reserve_exact(append.streams.len());
        for part in &append.streams {
            let places = self.streams.entry(part.stream.clone()).or_default();
            let mut version = StreamVersion::NONE.after(places.len());
            for event in &part.events {
                version = version.after(1);
                appended.position = next(end(&self.events));
                let (stream, position) = (part.stream.clone(), appended.position);
                let event = event.clone().recorded(stream, version, position, now);
                places.push(self.events.len());
                self.ids.insert(event.event_id, self.events.len());
                self.index.insert(&event, self.events.len());
                self.events.push(event);
            }
            appended.streams.push((part.stream.clone(), version));
        }
        for receipt in &append.receipts {
            self.keep_receipt(receipt.clone(), &appended, now);
        }
        appended
    }

    fn push(&mut self, event: RecordedEvent) {
        let place = self.events.len();
        self.streams
            .entry(event.stream.clone())
            .or_default()
            .push(place);
        self.ids.insert(event.event_id, place);
        self.index.insert(&event, place);
        self.events.push(event);
    }

    fn keep_receipt(&mut self, mut receipt: NewReceipt, appended: &Appended, now: DateTime<Utc>) {
        if !appended.streams.is_empty() {
            receipt.position = appended.position;
        }
        let recorded_at = now;
        self.receipts.insert(
            receipt.key.clone(),
            StoredReceipt {
                receipt,
                recorded_at,
            },
        );
    }

    pub(crate) fn receipt(&self, key: &IdempotencyKey) -> Option<StoredReceipt> {
        self.receipts.get(key).cloned()
    }

    pub(crate) fn forget_receipts(&mut self, recorded_before: DateTime<Utc>) -> u64 {
        let mut forgotten = 0;
        self.receipts.retain(|_, receipt| {
            let keep = receipt.recorded_at >= recorded_before;
            forgotten += u64::from(!keep);
            keep
        });
        forgotten
    }

    pub(crate) fn read_stream(&self, request: &StreamRead, limit: usize) -> StreamPage {
        let places = self
            .streams
            .get(&request.stream)
            .map_or(&[][..], Vec::as_slice);
        let event = |place: &usize| &self.events[*place];
        match request.direction {
            Direction::Forward => {
                let first = places.partition_point(|place| event(place).version < request.from);
                stream_page(places[first..].iter().map(event), limit)
            }
            Direction::Backward => {
                let end = places.partition_point(|place| event(place).version <= request.from);
                stream_page(places[..end].iter().rev().map(event), limit)
            }
        }
    }

    /// The page never goes past the end of the log, whatever `through` asks for: the events that are recorded there
    /// later would be missed (F1).
    pub(crate) fn read_log(&self, request: &LogRead, limit: usize) -> LogPage {
        let asked = request.through.unwrap_or(Position::MAX);
        let end = asked.min(self.end()).max(request.after);
        let mut matching = self.matching(&request.filter, self.between(request.after, end));
        let events: Vec<_> = matching.by_ref().take(limit).cloned().collect();
        let is_last = matching.next().is_none();
        let through = match events.last() {
            Some(last) if !is_last => last.position,
            // Nothing that matches is left up to the end, so the reader need not look at it again (F4).
            _ => end,
        };
        LogPage {
            events,
            through,
            is_last,
        }
    }

    /// What [`read_log`](Self::read_log) would return, counted.
    pub(crate) fn count_log(&self, request: &LogRead, limit: usize) -> LogCount {
        let asked = request.through.unwrap_or(Position::MAX);
        let end = asked.min(self.end()).max(request.after);
        let mut count = LogCount {
            events: 0,
            first_recorded_at: None,
            through: end,
            is_last: true,
        };
        let mut matching = self.matching(&request.filter, self.between(request.after, end));
        let mut last = request.after;
        for event in matching.by_ref().take(limit) {
            count.events += 1;
            count.first_recorded_at.get_or_insert(event.recorded_at);
            last = event.position;
        }
        if matching.next().is_some() {
            (count.through, count.is_last) = (last, false);
        }
        count
    }

    /// The position of the last event.
    pub(crate) fn end(&self) -> Position {
        end(&self.events)
    }

    fn version(&self, stream: &StreamId) -> StreamVersion {
        StreamVersion::NONE.after(self.streams.get(stream).map_or(0, Vec::len))
    }

    /// The places after one position and up to another.
    fn between(&self, after: Position, through: Position) -> Range<usize> {
        let place = |position| {
            self.events
                .partition_point(|event| event.position <= position)
        };
        place(after)..place(through)
    }

    fn matching<'a>(
        &'a self,
        filter: &'a Filter,
        range: Range<usize>,
    ) -> impl Iterator<Item = &'a RecordedEvent> {
        self.index
            .candidates(filter, range)
            .map(|place| &self.events[place])
            .filter(|event| filter.matches(event))
    }
}

/// The position of the last event.
fn end(events: &[RecordedEvent]) -> Position {
    events
        .last()
        .map_or(Position::START, |event| event.position)
}

fn stream_page<'a>(
    mut events: impl Iterator<Item = &'a RecordedEvent>,
    limit: usize,
) -> StreamPage {
    StreamPage {
        events: events.by_ref().take(limit).cloned().collect(),
        is_last: events.next().is_none(),
    }
}

/// Whether the event that is recorded is the one that is given. Every byte of its content counts.
fn is_same(new: &NewEvent, recorded: &RecordedEvent) -> bool {
    new.event_id == recorded.event_id
        && new.name == recorded.name
        && new.schema_version == recorded.schema_version
        && new.payload == recorded.payload
        && new.metadata == recorded.metadata
        && new.tags == recorded.tags
}

fn next(position: Position) -> Position {
    Position::new(position.get() + 1).unwrap_or(Position::MAX)
}
