//! The port through which many events get into the log at once, as they are: from another log, or another program.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use chrono::{DateTime, Datelike, SubsecRound, Utc};

use super::error::StoreError;
use super::limits::LimitExceeded;
use crate::words::event::{EventId, NewEvent, RecordedEvent};
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// Records many events at once, with the ids, versions, positions and times that they already have.
///
/// For imports, migrations and restored exports: commands go through [`AppendEvents`](super::append::AppendEvents). An
/// import is a loop over chunks of some thousands of events, in the order of their positions. Each chunk is recorded
/// whole or not at all; after a failure the loop goes on with the chunk that failed, or begins anew.
///
/// # Guarantees
///
/// Those of [`AppendEvents`](super::append::AppendEvents), with these differences. Each is a test of the conformance suite in `cqrs-testing`.
///
/// - A1: a chunk is recorded whole, or not at all.
/// - A2: the events of a stream follow the one before them without gaps: versions with holes are refused.
/// - A4: events at the front of a chunk that are recorded already, with the same content in the same place, are passed over.
///   An import that was interrupted may begin again with chunks of any size.
/// - A6: an imported event fails the conditions that it matches, like an appended one.
/// - A8: content, positions and times are kept as they were given; what the store can't keep is refused before anything
///   is written.
/// - F1: positions are beyond all that a reader may have passed, so that a running reader sees imported events exactly once.
///
/// ### Note: appends wait
/// While a chunk is written, appends of others wait for it. Chunks of some thousands of events take less than a second.
#[async_trait]
pub trait ImportEvents: Send + Sync {
    /// Records the events of the chunk that are not recorded yet, all or none of them.
    ///
    /// ### Note: dropping the future
    /// The chunk is then recorded whole, or not at all (R1). Import it again to find out.
    ///
    /// # Errors
    ///
    /// [`ImportError`]: nothing was recorded, except perhaps after [`StoreError::Unavailable`]. Import the chunk again then.
    async fn import(&self, chunk: Vec<ImportEvent>) -> Result<Imported, ImportError>;
}

#[async_trait]
impl<S: ImportEvents + ?Sized> ImportEvents for std::sync::Arc<S> {
    async fn import(&self, chunk: Vec<ImportEvent>) -> Result<Imported, ImportError> {
        (**self).import(chunk).await
    }
}

#[async_trait]
impl<S: ImportEvents + ?Sized> ImportEvents for &S {
    async fn import(&self, chunk: Vec<ImportEvent>) -> Result<Imported, ImportError> {
        (**self).import(chunk).await
    }
}

/// An event to be recorded where it says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportEvent {
    /// Its stream.
    pub stream: StreamId,
    /// Its place in the stream.
    pub version: StreamVersion,
    /// What it says.
    pub event: NewEvent,
    /// Its place in the log. `None`: right after the event before it.
    pub position: Option<Position>,
    /// When it was recorded, in whole microseconds. `None`: now, by the store's clock.
    pub recorded_at: Option<DateTime<Utc>>,
}

impl ImportEvent {
    /// An event that has no place in a log yet: the store gives it a position and a time.
    #[must_use]
    pub const fn new(stream: StreamId, version: StreamVersion, event: NewEvent) -> Self {
        Self {
            stream,
            version,
            event,
            position: None,
            recorded_at: None,
        }
    }

    /// The same event at this place of the log.
    #[must_use]
    pub const fn at(mut self, position: Position) -> Self {
        self.position = Some(position);
        self
    }

    /// The same event with this time of recording.
    #[must_use]
    pub const fn recorded_at(mut self, recorded_at: DateTime<Utc>) -> Self {
        self.recorded_at = Some(recorded_at);
        self
    }

    /// Whether `recorded` is this event in this place. Every byte counts; a position or a time that is not given fits any.
    #[must_use]
    pub fn is_recorded_as(&self, recorded: &RecordedEvent) -> bool {
        let event = &self.event;
        recorded.event_id == event.event_id
            && recorded.stream == self.stream
            && recorded.version == self.version
            && recorded.name == event.name
            && recorded.schema_version == event.schema_version
            && recorded.payload == event.payload
            && recorded.metadata == event.metadata
            && recorded.tags == event.tags
            && self.position.is_none_or(|at| recorded.position == at)
            && self.recorded_at.is_none_or(|at| recorded.recorded_at == at)
    }
}

impl From<RecordedEvent> for ImportEvent {
    /// The event just as it is recorded elsewhere: with its position and its time.
    fn from(recorded: RecordedEvent) -> Self {
        let event = NewEvent::identified(recorded.event_id, recorded.name, recorded.payload)
            .with_schema_version(recorded.schema_version)
            .with_metadata(recorded.metadata)
            .with_tags(recorded.tags);
        Self::new(recorded.stream, recorded.version, event)
            .at(recorded.position)
            .recorded_at(recorded.recorded_at)
    }
}

/// What became of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// How many events were recorded now.
    pub recorded: usize,
    /// How many events at the front of the chunk were recorded before.
    pub repeated: usize,
    /// The position of the last event of the chunk; [`Position::START`] for a chunk without events.
    pub position: Position,
}

impl Imported {
    /// Puts the parts together. For the authors of stores.
    #[must_use]
    pub const fn new(recorded: usize, repeated: usize, position: Position) -> Self {
        Self {
            recorded,
            repeated,
            position,
        }
    }
}

/// A chunk of which nothing was recorded, or whose outcome is unknown ([`StoreError::Unavailable`]).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// An event does not follow the one before it in its stream: there is a hole, or another event in its place.
    #[error(
        "event {event_id} has version {given} of stream {stream}, which is at version {actual}: \
         an import brings the events of a stream one after the other, without holes"
    )]
    Version {
        /// The event.
        event_id: EventId,
        /// Its stream.
        stream: StreamId,
        /// Its version.
        given: StreamVersion,
        /// The version of the stream before it.
        actual: StreamVersion,
    },
    /// An event's position is not beyond the one before it, or readers may have passed it.
    #[error("event {event_id} has position {given}, and must be after {last}")]
    Position {
        /// The event.
        event_id: EventId,
        /// Its position.
        given: Position,
        /// The position of the event before it, or the last one of the log.
        last: Position,
    },
    /// A position that the store can't count up to.
    #[error("event {event_id} has position {given}, and this store counts up to {most}")]
    PositionTooGreat {
        /// The event.
        event_id: EventId,
        /// Its position.
        given: Position,
        /// The greatest position.
        most: Position,
    },
    /// An event's time is finer than a microsecond, or out of the range of the store.
    #[error(
        "event {event_id} has the time {given}, which this store can't keep: times are whole microseconds of the years 1 to 9999"
    )]
    Time {
        /// The event.
        event_id: EventId,
        /// Its time.
        given: DateTime<Utc>,
    },
    /// An event id is recorded already, with other content or elsewhere, or comes twice.
    #[error("event id {event_id} belongs to another event already")]
    EventIdReused {
        /// The id.
        event_id: EventId,
    },
    /// The chunk is larger than the store is configured to take.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where the streams of a chunk begin: each with the place in the chunk of its first event, in the order of the chunk.
///
/// Checks what can be said of a chunk by itself: versions, positions, ids and times. For the authors of stores.
///
/// # Errors
///
/// [`ImportError`] names the first event that can't stand where it says.
pub fn check_chunk(chunk: &[ImportEvent]) -> Result<Vec<usize>, ImportError> {
    let mut firsts = Vec::new();
    let mut versions: HashMap<&StreamId, StreamVersion> = HashMap::with_capacity(chunk.len());
    let mut ids = HashSet::with_capacity(chunk.len());
    let mut last = Position::START;
    for (place, import) in chunk.iter().enumerate() {
        let event_id = import.event.event_id;
        match versions.entry(&import.stream) {
            Entry::Vacant(entry) => {
                if import.version == StreamVersion::NONE {
                    return Err(version_error(import, StreamVersion::NONE));
                }
                entry.insert(import.version);
                firsts.push(place);
            }
            Entry::Occupied(mut before) => {
                if import.version != before.get().after(1) {
                    return Err(version_error(import, *before.get()));
                }
                before.insert(import.version);
            }
        }
        if let Some(given) = import.position {
            if given <= last {
                return Err(ImportError::Position {
                    event_id,
                    given,
                    last,
                });
            }
            last = given;
        }
        if let Some(given) = import.recorded_at
            && (given != given.trunc_subsecs(6) || !YEARS.contains(&given.year()))
        {
            return Err(ImportError::Time { event_id, given });
        }
        if !ids.insert(event_id) {
            return Err(ImportError::EventIdReused { event_id });
        }
    }
    Ok(firsts)
}

/// What all databases can keep.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// An event that can't follow what its stream has. For the authors of stores.
#[must_use]
pub fn version_error(import: &ImportEvent, actual: StreamVersion) -> ImportError {
    ImportError::Version {
        event_id: import.event.event_id,
        stream: import.stream.clone(),
        given: import.version,
        actual,
    }
}

/// A position for each event of the chunk, after `last`: as given, or right after the event before it. For the authors
/// of stores.
///
/// # Errors
///
/// [`ImportError::Position`] and [`ImportError::PositionTooGreat`].
pub fn positions(
    chunk: &[ImportEvent],
    mut last: Position,
    most: Position,
) -> Result<Vec<Position>, ImportError> {
    let mut positions = Vec::with_capacity(chunk.len());
    for import in chunk {
        let event_id = import.event.event_id;
        let next = last.get().saturating_add(1);
        let given = match import.position {
            Some(given) => given,
            None => Position::new(next).unwrap_or(Position::MAX),
        };
        if given > most || next > most.get() {
            return Err(ImportError::PositionTooGreat {
                event_id,
                given,
                most,
            });
        }
        if given <= last {
            return Err(ImportError::Position {
                event_id,
                given,
                last,
            });
        }
        positions.push(given);
        last = given;
    }
    Ok(positions)
}

#[cfg(test)]
mod tests {
    use super::{ImportError, ImportEvent, check_chunk, positions};
    use crate::words::event::{EventName, NewEvent};
    use crate::words::payload::Payload;
    use crate::words::position::Position;
    use crate::words::version::StreamVersion;

    fn import(stream: &str, version: u64) -> ImportEvent {
        let name = EventName::from_static("x");
        let event = NewEvent::new(name, Payload::from_json("{}").unwrap());
        let version = StreamVersion::new(version).unwrap();
        ImportEvent::new(stream.parse().unwrap(), version, event)
    }

    fn at(number: u64) -> ImportEvent {
        import(&format!("a-{number}"), 1).at(Position::new(number).unwrap())
    }

    #[test]
    fn says_where_the_streams_begin() {
        let chunk = [import("a-1", 4), import("a-2", 1), import("a-1", 5)];
        assert_eq!(check_chunk(&chunk).unwrap(), [0, 1]);
    }

    #[test]
    fn refuses_holes_doubles_and_versions_that_go_back() {
        for versions in [[1, 3], [1, 1], [2, 1]] {
            let chunk = versions.map(|version| import("a-1", version));
            let error = check_chunk(&chunk).unwrap_err();
            assert!(matches!(error, ImportError::Version { .. }), "{error}");
        }
        assert!(check_chunk(&[import("a-1", 0)]).is_err());
        let twice = import("a-1", 1);
        let mut again = import("a-2", 1);
        again.event.event_id = twice.event.event_id;
        let error = check_chunk(&[twice, again]).unwrap_err();
        assert!(matches!(error, ImportError::EventIdReused { .. }));
    }

    #[test]
    fn refuses_times_that_a_database_would_round() {
        let fine = chrono::DateTime::from_timestamp_nanos(1_700_000_000_000_000_001);
        let error = check_chunk(&[import("a-1", 1).recorded_at(fine)]).unwrap_err();
        assert!(matches!(error, ImportError::Time { .. }));
    }

    #[test]
    fn positions_are_those_given_or_the_next() {
        let number = |number| Position::new(number).unwrap();
        let given = |chunk: &[ImportEvent], last| positions(chunk, number(last), number(100));
        let chunk = [import("a-1", 1), at(10), import("a-2", 1)];
        let expected: Vec<_> = [6, 10, 11].map(number).into();
        assert_eq!(given(&chunk, 5).unwrap(), expected);
        assert!(matches!(
            given(&chunk, 9),
            Err(ImportError::Position { .. })
        ));
        assert!(matches!(
            given(&[at(101)], 5),
            Err(ImportError::PositionTooGreat { .. })
        ));
        assert!(matches!(
            given(&[import("a-1", 1)], 100),
            Err(ImportError::PositionTooGreat { .. })
        ));
    }
}
