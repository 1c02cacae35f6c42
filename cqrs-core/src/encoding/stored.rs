//! An event as the codec reads it: what was recorded, or what an upcaster made of it.

use crate::words::event::{EventName, RecordedEvent, SchemaVersion};

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
    /// What the log has.
    pub recorded: &'a RecordedEvent,
}

impl<'a> From<&'a RecordedEvent> for StoredEvent<'a> {
    fn from(recorded: &'a RecordedEvent) -> Self {
        Self {
            name: &recorded.name,
            schema_version: recorded.schema_version,
            payload: recorded.payload.as_str(),
            recorded,
        }
    }
}
