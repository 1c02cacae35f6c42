//! What becomes of an event.

use std::sync::Arc;

use uuid::Uuid;

use crate::words::event::{EventId, EventName, NewEvent, RecordedEvent, SchemaVersion};
use crate::words::payload::Payload;
use crate::words::stream::StreamId;
use crate::words::tag::Tag;

/// One event that comes of an old one. It begins as the same event in the same stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it is copied when the transformation returns it"]
pub struct TransformedEvent {
    pub(super) stream: StreamId,
    pub(super) event: NewEvent,
}

impl TransformedEvent {
    /// The event as it is.
    pub fn same(recorded: &RecordedEvent) -> Self {
        let event = NewEvent::identified(
            recorded.event_id,
            recorded.name.clone(),
            recorded.payload.clone(),
        );
        Self {
            stream: recorded.stream.clone(),
            event: event
                .with_schema_version(recorded.schema_version)
                .with_metadata(Arc::clone(&recorded.metadata))
                .with_tags(recorded.tags.iter().cloned()),
        }
    }

    /// The same in this stream, as the next event there.
    pub fn in_stream(mut self, stream: StreamId) -> Self {
        self.stream = stream;
        self
    }

    /// The same under another name.
    pub fn named(mut self, name: EventName) -> Self {
        self.event.name = name;
        self
    }

    /// The same in another shape.
    pub fn shaped(mut self, version: SchemaVersion, payload: Payload) -> Self {
        (self.event.schema_version, self.event.payload) = (version, payload);
        self
    }

    /// The same with these tags.
    pub fn tagged(mut self, tags: impl IntoIterator<Item = Tag>) -> Self {
        self.event = self.event.with_tags(tags);
        self
    }
}

/// The first keeps the id of the old one, the others get ids that follow from it: the same in each run.
pub(super) fn identified(old: &RecordedEvent, index: usize, event: NewEvent) -> NewEvent {
    if index == 0 {
        return event.with_event_id(old.event_id);
    }
    event.with_event_id(derived(old, "transform", index))
}

pub(super) fn derived(old: &RecordedEvent, name: &str, index: usize) -> EventId {
    let text = format!("{name} {index}");
    EventId::from(Uuid::new_v5(&old.event_id.as_uuid(), text.as_bytes()))
}
