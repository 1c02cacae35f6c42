//! A row of the log as an event, and back.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use cqrs_core::ports::error::{BoxError, StoreError};
use cqrs_core::words::error::InvalidWord;
use cqrs_core::words::event::{EventName, NewEvent, RecordedEvent, SchemaVersion};
use cqrs_core::words::metadata::Metadata;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::{Category, StreamId, StreamKey};
use cqrs_core::words::tag::Tag;
use cqrs_core::words::version::StreamVersion;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

/// All events of a page.
pub(crate) fn events(rows: &[PgRow]) -> Result<Vec<RecordedEvent>, StoreError> {
    let mut decoder = Decoder::default();
    rows.iter().map(|row| decoder.event(row)).collect()
}

/// The entries of metadata as they are stored: JSON, nothing for none.
pub(crate) fn metadata_text(metadata: &Metadata) -> Result<Option<String>, StoreError> {
    if metadata.entries().len() == 0 {
        return Ok(None);
    }
    let entries: BTreeMap<_, _> = metadata.entries().collect();
    let text = serde_json::to_string(&entries).map_err(StoreError::other)?;
    Ok(Some(text))
}

/// Microseconds from 1970 to 2000, from when the server counts.
pub(crate) const YEAR_2000: i64 = 946_684_800_000_000;

/// A `timestamptz`, which goes over the wire as microseconds since the year 2000. The driver's own conversion panics on
/// `infinity` and on years that chrono does not have.
pub(crate) fn moment(row: &PgRow, column: usize) -> Result<DateTime<Utc>, BoxError> {
    let microseconds: i64 = row.try_get_unchecked(column)?;
    microseconds
        .checked_add(YEAR_2000)
        .and_then(DateTime::from_timestamp_micros)
        .ok_or_else(|| "the time is out of range".into())
}

/// Words that many rows of a page have in common are checked once, and shared.
#[derive(Default)]
struct Decoder {
    category: Option<Category>,
    stream: Option<StreamId>,
    name: Option<EventName>,
}

impl Decoder {
    fn event(&mut self, row: &PgRow) -> Result<RecordedEvent, StoreError> {
        let position: i64 = row.try_get(0).map_err(StoreError::other)?;
        self.decode(position, row)
            .map_err(|source| StoreError::Corrupt {
                what: format!("the event at position {position}"),
                source,
            })
    }

    fn decode(&mut self, position: i64, row: &PgRow) -> Result<RecordedEvent, BoxError> {
        let recorded_at = moment(row, 2)?;
        let event_id: Uuid = row.try_get(3)?;
        let schema_version: i32 = row.try_get(6)?;
        let tags: Option<Vec<String>> = row.try_get(10)?;
        // The type is `json`, which goes over the wire as its text.
        let payload: &str = row.try_get_unchecked(12)?;
        let stream = self.stream(row.try_get(7)?, row.try_get(8)?)?;
        let name = self.name(row.try_get(9)?)?;
        let tags: Result<Vec<_>, _> = tags.unwrap_or_default().into_iter().map(Tag::new).collect();
        let payload = Payload::from_store(payload);
        Ok(NewEvent::identified(event_id.into(), name, payload)
            .with_schema_version(SchemaVersion::new(u32::try_from(schema_version)?)?)
            .with_metadata(metadata(row, [4, 5, 11])?)
            .with_tags(tags?)
            .recorded(
                stream,
                StreamVersion::try_from(row.try_get::<i64, _>(1)?)?,
                Position::try_from(position)?,
                recorded_at,
            ))
    }

    fn stream(&mut self, category: &str, key: &str) -> Result<StreamId, InvalidWord> {
        match &self.stream {
            Some(stream)
                if stream.category().as_str() == category && stream.key().as_str() == key =>
            {
                Ok(stream.clone())
            }
            _ => {
                let category = match &self.category {
                    Some(same) if same.as_str() == category => same.clone(),
                    _ => self.category.insert(Category::new(category)?).clone(),
                };
                let stream = StreamId::new(category, StreamKey::new(key)?);
                Ok(self.stream.insert(stream).clone())
            }
        }
    }

    fn name(&mut self, name: &str) -> Result<EventName, InvalidWord> {
        match &self.name {
            Some(same) if same.as_str() == name => Ok(same.clone()),
            _ => Ok(self.name.insert(EventName::new(name)?).clone()),
        }
    }
}

/// The metadata of which these columns are the correlation id, the causation id and the entries.
pub(crate) fn metadata(row: &PgRow, columns: [usize; 3]) -> Result<Metadata, BoxError> {
    let [correlation, causation, entries] = columns;
    let mut metadata = Metadata::new();
    metadata.correlation_id = row.try_get::<Option<Uuid>, _>(correlation)?.map(Into::into);
    metadata.causation_id = row.try_get::<Option<Uuid>, _>(causation)?.map(Into::into);
    if let Some(text) = row.try_get_unchecked::<Option<&str>, _>(entries)? {
        for (key, value) in serde_json::from_str::<BTreeMap<String, String>>(text)? {
            metadata.insert(key, value)?;
        }
    }
    Ok(metadata)
}
