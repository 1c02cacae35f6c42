//! An event as the codec reads it: what was recorded, or what an upcaster made of it.

use crate::words::event::{EventName, RecordedEvent, SchemaVersion};
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// An event as the codec reads it: name, version and payload as they were recorded, or as an upcaster left them.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StoredEvent<'a> {
    /// What kind of event it is.
    pub name: &'a EventName,
    /// The version of the payload's shape.
    pub schema_version: SchemaVersion,
    /// What happened, as JSON text.
    pub payload: &'a str,
    pub(super) source: Source<'a>,
}

/// What is known of an event's place, for errors.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source<'a> {
    Recorded(&'a RecordedEvent),
    /// Read for folding, without its id.
    Bare(&'a StreamId, StreamVersion, Position),
}

impl<'a> StoredEvent<'a> {
    /// An event that was read for folding only, without its id: what an error says of it is not for anybody to see.
    pub(crate) const fn bare(
        name: &'a EventName,
        schema_version: SchemaVersion,
        payload: &'a str,
        (stream, version, position): (&'a StreamId, StreamVersion, Position),
    ) -> Self {
        Self {
            name,
            schema_version,
            payload,
            source: Source::Bare(stream, version, position),
        }
    }
}

impl<'a> From<&'a RecordedEvent> for StoredEvent<'a> {
    fn from(recorded: &'a RecordedEvent) -> Self {
        Self {
            name: &recorded.name,
            schema_version: recorded.schema_version,
            payload: recorded.payload.as_str(),
            source: Source::Recorded(recorded),
        }
    }
}
