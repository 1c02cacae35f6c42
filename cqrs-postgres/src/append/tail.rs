//! What a conflict uncovers: events that others have recorded meanwhile, as far as the server sends them along.

use std::iter::zip;

use chrono::DateTime;
use cqrs_core::ports::error::BoxError;
use cqrs_core::words::event::{EventName, NewEvent, RecordedEvent, SchemaVersion};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::StreamId;
use cqrs_core::words::tag::Tag;
use cqrs_core::words::version::StreamVersion;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::row::{YEAR_2000, metadata_of};

/// How many columns an answer has for it.
pub(super) const COLUMNS: usize = 12;

/// The tails of all streams of a call, in the order of streams and versions.
#[derive(Debug, Default)]
pub(super) struct Tails {
    events: Vec<Found>,
}

/// An event as the server says it.
#[derive(Debug)]
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
    /// From the columns that begin at this one.
    pub(super) fn read(row: &PgRow, first: usize) -> Result<Self, sqlx::Error> {
        let Some(streams) = row.try_get::<Option<Vec<i32>>, _>(first)? else {
            return Ok(Self::default());
        };
        let numbers: (Vec<i64>, Vec<i64>, Vec<Option<i64>>) = (
            row.try_get(first + 1)?,
            row.try_get(first + 2)?,
            row.try_get(first + 3)?,
        );
        let ids: (Vec<Uuid>, Vec<Option<Uuid>>, Vec<Option<Uuid>>) = (
            row.try_get(first + 4)?,
            row.try_get(first + 5)?,
            row.try_get(first + 6)?,
        );
        let words: (Vec<i32>, Vec<String>, Vec<Option<String>>) = (
            row.try_get(first + 7)?,
            row.try_get(first + 8)?,
            row.try_get(first + 9)?,
        );
        let texts: (Vec<Option<String>>, Vec<String>) =
            (row.try_get(first + 10)?, row.try_get(first + 11)?);
        let places = zip(zip(streams, numbers.0), zip(numbers.1, numbers.2));
        let ids = zip(ids.0, zip(ids.1, ids.2));
        let words = zip(words.0, zip(words.1, words.2));
        let rest = zip(zip(ids, words), zip(texts.0, texts.1));
        let events = zip(places, rest).map(|(place, rest)| {
            let ((stream, version), (position, time)) = place;
            let ((ids, words), (metadata, payload)) = rest;
            let (id, (correlation, causation)) = ids;
            let (schema_version, (name, tags)) = words;
            Found {
                stream,
                version,
                position,
                time,
                id,
                correlation,
                causation,
                schema_version,
                name,
                tags,
                metadata,
                payload,
            }
        });
        Ok(Self {
            events: events.collect(),
        })
    }

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
