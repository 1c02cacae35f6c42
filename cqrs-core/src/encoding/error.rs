//! Why an event could not be encoded or decoded.

use crate::words::error::InvalidWord;
use crate::words::event::{EventId, EventName, RecordedEvent, SchemaVersion};
use crate::words::payload::InvalidPayload;
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// An event that has no encoded form. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Its payload has no JSON form that can be read back.
    #[error("event {name} can't be encoded")]
    Payload {
        /// The event's name.
        name: EventName,
        /// What is wrong.
        #[source]
        source: InvalidPayload,
    },
    /// A field that is marked as a tag has a value that is no tag.
    #[error("event {name} can't be tagged")]
    Tag {
        /// The event's name.
        name: EventName,
        /// What is wrong.
        #[source]
        source: InvalidWord,
    },
}

/// Where a recorded event stands, so that a person can find it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventPlace {
    /// The event's id.
    pub event_id: EventId,
    /// The event's name.
    pub name: EventName,
    /// Its stream.
    pub stream: StreamId,
    /// Its version in the stream.
    pub version: StreamVersion,
    /// Its position in the log.
    pub position: Position,
}

impl EventPlace {
    /// Where this event stands.
    #[must_use]
    pub fn of(recorded: &RecordedEvent) -> Self {
        Self {
            event_id: recorded.event_id,
            name: recorded.name.clone(),
            stream: recorded.stream.clone(),
            version: recorded.version,
            position: recorded.position,
        }
    }
}

impl std::fmt::Display for EventPlace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            name,
            stream,
            version,
            position,
            ..
        } = self;
        write!(
            formatter,
            "event {name} at position {position} (stream {stream}, version {version})"
        )
    }
}

/// A recorded event that today's code can't decode. The log stays as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// No event of this name is known.
    #[error(
        "{place} has a name that is not known here; known are {}",
        Names(known)
    )]
    UnknownName {
        /// Which event.
        place: Box<EventPlace>,
        /// The names that are known.
        known: Vec<EventName>,
    },
    /// The event was written by newer code.
    #[error(
        "{place} has schema version {recorded}, this code knows versions up to {known}: deploy the newer code"
    )]
    FutureSchemaVersion {
        /// Which event.
        place: Box<EventPlace>,
        /// The version that was recorded.
        recorded: SchemaVersion,
        /// The version that the code writes.
        known: SchemaVersion,
    },
    /// The event was written by older code, and nothing says how to read it.
    #[error("{place} has schema version {recorded}, this code reads only version {known}")]
    PastSchemaVersion {
        /// Which event.
        place: Box<EventPlace>,
        /// The version that was recorded.
        recorded: SchemaVersion,
        /// The version that the code writes.
        known: SchemaVersion,
    },
    /// The payload is damaged, or does not have the event's shape.
    #[error("{place} has a payload that can't be decoded")]
    Payload {
        /// Which event.
        place: Box<EventPlace>,
        /// What is wrong, with line and column in the payload.
        #[source]
        source: serde_json::Error,
    },
}

impl DecodeError {
    pub(crate) fn payload(recorded: &RecordedEvent, source: serde_json::Error) -> Self {
        Self::Payload {
            place: Box::new(EventPlace::of(recorded)),
            source,
        }
    }

    pub(crate) fn unknown_name(recorded: &RecordedEvent, known: Vec<EventName>) -> Self {
        Self::UnknownName {
            place: Box::new(EventPlace::of(recorded)),
            known,
        }
    }

    pub(crate) fn future(recorded: &RecordedEvent, known: SchemaVersion) -> Self {
        Self::FutureSchemaVersion {
            place: Box::new(EventPlace::of(recorded)),
            recorded: recorded.schema_version,
            known,
        }
    }

    pub(crate) fn past(recorded: &RecordedEvent, known: SchemaVersion) -> Self {
        Self::PastSchemaVersion {
            place: Box::new(EventPlace::of(recorded)),
            recorded: recorded.schema_version,
            known,
        }
    }

    /// Which event it is.
    #[must_use]
    pub fn place(&self) -> &EventPlace {
        match self {
            Self::UnknownName { place, .. }
            | Self::FutureSchemaVersion { place, .. }
            | Self::PastSchemaVersion { place, .. }
            | Self::Payload { place, .. } => place,
        }
    }
}

/// Writes a list of names as a person would.
struct Names<'a>(&'a [EventName]);

impl std::fmt::Display for Names<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str("none");
        }
        for (index, name) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str(", ")?;
            }
            write!(formatter, "{name}")?;
        }
        Ok(())
    }
}
