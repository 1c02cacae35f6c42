//! Why an event could not be encoded or decoded.

use uuid::Uuid;

use super::stored::{Source, StoredEvent};
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
    /// The previous version, which the code writes for now, can't say all that the event says.
    #[error(
        "event {name} of version {version} says what version {previous} can't, which is still written so that older nodes can read it"
    )]
    Previous {
        /// The event's name.
        name: EventName,
        /// The version that the code knows.
        version: SchemaVersion,
        /// The version that it writes.
        previous: SchemaVersion,
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
        Self::of_stored(recorded.into())
    }

    fn of_stored(stored: StoredEvent<'_>) -> Self {
        let (event_id, stream, version, position) = match stored.source {
            Source::Recorded(recorded) => (
                recorded.event_id,
                &recorded.stream,
                recorded.version,
                recorded.position,
            ),
            // The event is read again, whole, before anybody hears of it.
            Source::Bare(stream, version, position) => {
                (Uuid::nil().into(), stream, version, position)
            }
        };
        Self {
            event_id,
            name: stored.name.clone(),
            stream: stream.clone(),
            version,
            position,
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
    #[error(
        "{place} has schema version {recorded}, this code reads versions from {known} on: give it a `previous`, or an upcaster"
    )]
    PastSchemaVersion {
        /// Which event.
        place: Box<EventPlace>,
        /// The version that was recorded.
        recorded: SchemaVersion,
        /// The oldest version that the code reads.
        known: SchemaVersion,
    },
    /// An upcaster could not read the event.
    #[error("{place} can't be upcasted from version {version}")]
    Upcast {
        /// Which event.
        place: Box<EventPlace>,
        /// The version that the upcaster reads.
        version: SchemaVersion,
        /// What is wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
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
    pub(crate) fn payload(stored: StoredEvent<'_>, source: serde_json::Error) -> Self {
        Self::Payload {
            place: Box::new(EventPlace::of_stored(stored)),
            source,
        }
    }

    pub(crate) fn unknown_name(stored: StoredEvent<'_>, known: Vec<EventName>) -> Self {
        Self::UnknownName {
            place: Box::new(EventPlace::of_stored(stored)),
            known,
        }
    }

    pub(crate) fn future(stored: StoredEvent<'_>, known: SchemaVersion) -> Self {
        Self::FutureSchemaVersion {
            place: Box::new(EventPlace::of_stored(stored)),
            recorded: stored.schema_version,
            known,
        }
    }

    pub(crate) fn past(stored: StoredEvent<'_>, known: SchemaVersion) -> Self {
        Self::PastSchemaVersion {
            place: Box::new(EventPlace::of_stored(stored)),
            recorded: stored.schema_version,
            known,
        }
    }

    pub(crate) fn upcast(
        recorded: &RecordedEvent,
        version: SchemaVersion,
        source: Box<dyn std::error::Error + Send + Sync>,
    ) -> Self {
        Self::Upcast {
            place: Box::new(EventPlace::of(recorded)),
            version,
            source,
        }
    }

    /// Which event it is.
    #[must_use]
    pub fn place(&self) -> &EventPlace {
        match self {
            Self::UnknownName { place, .. }
            | Self::FutureSchemaVersion { place, .. }
            | Self::PastSchemaVersion { place, .. }
            | Self::Upcast { place, .. }
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
