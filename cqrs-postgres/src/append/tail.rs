//! What a conflict uncovers: events that others have recorded meanwhile, as far as the server sends them along.

use chrono::DateTime;
use cqrs_core::ports::error::BoxError;
use cqrs_core::words::event::{EventName, NewEvent, RecordedEvent, SchemaVersion};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::StreamId;
use cqrs_core::words::tag::Tag;
use cqrs_core::words::version::StreamVersion;
use serde::Deserialize;
use uuid::Uuid;

use crate::row::{YEAR_2000, metadata_of};

/// The tails of all streams of a call, in the order of streams and versions.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Tails {
    events: Vec<Found>,
}

/// An event as the server says it.
#[derive(Debug, Deserialize)]
struct Found {
    stream: i32,
    version: i64,
    position: i64,
    time: Option<i64>,
    id: Uuid,
    correlation: Option<Uuid>,
    causation: Option<Uuid>,
    schema_version: i32,
    name: String,
    tags: Option<String>,
    metadata: Option<String>,
    payload: String,
}

impl Tails {
    /// The events of the stream with this number, up to the first that is none: whoever needs it reads the stream, and hears why.
    pub(super) fn of(&self, number: i32, stream: &StreamId) -> Vec<RecordedEvent> {
        let own = self.events.iter().filter(|found| found.stream == number);
        own.map_while(|found| found.event(stream).ok()).collect()
    }
}

impl Found {
    fn event(&self, stream: &StreamId) -> Result<RecordedEvent, BoxError> {
        let recorded_at = self
            .time
            .and_then(|time| time.checked_add(YEAR_2000))
            .and_then(DateTime::from_timestamp_micros)
            .ok_or("the time is out of range")?;
        let name = EventName::new(self.name.as_str())?;
        let payload = Payload::from_store(self.payload.as_str());
        let schema_version = SchemaVersion::new(u32::try_from(self.schema_version)?)?;
        let metadata = metadata_of(self.correlation, self.causation, self.metadata.as_deref())?;
        let tags = self.tags.iter().flat_map(|tags| tags.split(' '));
        let tags: Result<Vec<_>, _> = tags.map(Tag::new).collect();
        let event = NewEvent::identified(self.id.into(), name, payload)
            .with_schema_version(schema_version)
            .with_metadata(metadata)
            .with_tags(tags?);
        Ok(event.recorded(
            stream.clone(),
            StreamVersion::try_from(self.version)?,
            Position::try_from(self.position)?,
            recorded_at,
        ))
    }
}
