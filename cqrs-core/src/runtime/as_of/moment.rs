//! A moment of the past, and which events had happened by then.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::words::event::RecordedEvent;
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// A moment of the past: which events had happened by then.
///
/// Of each stream it is always the first events, up to one of them: a state as of a moment is a state that there has been. Of a
/// stream, or of those of its events that a view reads, they are
///
/// - as of a version, the events up to this version;
/// - as of a position, the events up to this position;
/// - as of a time, the events before the first one with a later [`recorded_at`](RecordedEvent::recorded_at).
///
/// ### Note: when the clock goes backward
/// Times are those of the store's clock, whole microseconds, and an event at exactly the time has happened. As long as that clock
/// does not go backward, the events up to a time are all events recorded up to it. When it does, an event that comes
/// after a later one counts as recorded no earlier than that one: by its own time alone, it would be there without those that it
/// builds on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// After this event of each stream.
    Version(StreamVersion),
    /// After this event of the log.
    Position(Position),
    /// At the end of this microsecond.
    Time(DateTime<Utc>),
}

impl From<StreamVersion> for Moment {
    fn from(version: StreamVersion) -> Self {
        Self::Version(version)
    }
}

impl From<Position> for Moment {
    fn from(position: Position) -> Self {
        Self::Position(position)
    }
}

impl From<DateTime<Utc>> for Moment {
    fn from(time: DateTime<Utc>) -> Self {
        Self::Time(time)
    }
}

impl Moment {
    /// Whether the event had happened, as long as those before it in its stream had.
    pub(in crate::runtime) fn has(self, recorded: &RecordedEvent) -> bool {
        match self {
            Self::Version(version) => recorded.version <= version,
            Self::Position(position) => recorded.position <= position,
            Self::Time(time) => recorded.recorded_at <= time,
        }
    }
}

/// Chooses the events up to a moment from a log that is read in its order.
#[derive(Debug)]
pub(in crate::runtime) struct UpTo {
    moment: Moment,
    /// Streams of which an event was recorded later: none of their further events had happened.
    later: HashSet<StreamId>,
}

impl UpTo {
    pub(in crate::runtime) fn new(moment: Moment) -> Self {
        Self {
            moment,
            later: HashSet::new(),
        }
    }

    /// Whether the event had happened. Ask for one event after the other.
    pub(in crate::runtime) fn has(&mut self, recorded: &RecordedEvent) -> bool {
        if !matches!(self.moment, Moment::Time(_)) {
            return self.moment.has(recorded);
        }
        if !self.moment.has(recorded) {
            if !self.later.contains(&recorded.stream) {
                self.later.insert(recorded.stream.clone());
            }
            return false;
        }
        self.later.is_empty() || !self.later.contains(&recorded.stream)
    }
}
