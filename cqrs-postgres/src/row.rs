//! A row of the log as an event, and back.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_core::ports::error::{BoxError, StoreError};
use cqrs_core::ports::fold_stream::EventToFold;
use cqrs_core::words::error::InvalidWord;
use cqrs_core::words::event::{NewEvent, RecordedEvent, SchemaVersion};
use cqrs_core::words::metadata::Metadata;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::{Category, StreamId, StreamKey};
use cqrs_core::words::tag::Tag;
use cqrs_core::words::version::StreamVersion;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::names::Names;
use crate::session::{Session, Statement};
use crate::value;

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
    moment_of(value::bigint(row, column)?)
}

/// The same from its number.
pub(crate) fn moment_of(microseconds: i64) -> Result<DateTime<Utc>, BoxError> {
    microseconds
        .checked_add(YEAR_2000)
        .and_then(DateTime::from_timestamp_micros)
        .ok_or_else(|| "the time is out of range".into())
}

/// The metadata of which these columns are the correlation id, the causation id and the entries.
pub(crate) fn metadata(row: &PgRow, columns: [usize; 3]) -> Result<Metadata, BoxError> {
    Fields::of(row, columns)?.decode()
}

/// The same from its parts.
pub(crate) fn metadata_of(
    correlation_id: Option<Uuid>,
    causation_id: Option<Uuid>,
    entries: Option<&str>,
) -> Result<Metadata, BoxError> {
    let fields = Fields {
        correlation_id,
        causation_id,
        entries,
    };
    fields.decode()
}

/// The events that a statement finds, decoded while the server sends the next ones.
pub(crate) async fn events(
    session: &Session,
    statement: Statement<'_>,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let mut decoder = Decoder::default();
    session.decoded(statement, |row| decoder.event(row)).await
}

/// The same, beside rows that are no events: `take` says which are.
pub(crate) async fn events_beside(
    session: &Session,
    statement: Statement<'_>,
    mut take: impl FnMut(&PgRow) -> Result<bool, StoreError>,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let (mut decoder, mut events) = (Decoder::default(), Vec::new());
    let each = session.each(statement, |row| {
        if !take(row)? {
            events.push(decoder.event(row)?);
        }
        Ok(ControlFlow::Continue(()))
    });
    each.await?;
    Ok(events)
}

/// The columns of an event as `fold_stream.sql` has them.
pub(crate) fn event_to_fold<'r>(
    names: &'r mut Names,
    row: &'r PgRow,
) -> Result<EventToFold<'r>, StoreError> {
    let position = value::bigint(row, 1).map_err(StoreError::other)?;
    bare(names, row, position).map_err(|source| corrupt(position, source))
}

fn bare<'r>(
    names: &'r mut Names,
    row: &'r PgRow,
    position: i64,
) -> Result<EventToFold<'r>, BoxError> {
    let schema_version = u32::try_from(value::integer(row, 2)?)?;
    Ok(EventToFold::bare(
        StreamVersion::try_from(value::bigint(row, 0)?)?,
        Position::try_from(position)?,
        names.get(value::text(row, 3)?)?,
        SchemaVersion::new(schema_version)?,
        value::text(row, 4)?,
    ))
}

fn corrupt(position: i64, source: BoxError) -> StoreError {
    StoreError::Corrupt {
        what: format!("the event at position {position}"),
        source,
    }
}

/// Turns rows into events. What rows of a page have in common is checked once, and shared.
#[derive(Default)]
pub(crate) struct Decoder {
    stream: Option<StreamId>,
    names: Names,
    metadata: Option<(OwnedFields, Arc<Metadata>)>,
    /// Of events that have none.
    none: Arc<Metadata>,
}

/// Metadata as it is stored.
#[derive(PartialEq, Eq)]
struct Fields<'a> {
    correlation_id: Option<Uuid>,
    causation_id: Option<Uuid>,
    entries: Option<&'a str>,
}

type OwnedFields = (Option<Uuid>, Option<Uuid>, Option<String>);

impl Decoder {
    pub(crate) fn event(&mut self, row: &PgRow) -> Result<RecordedEvent, StoreError> {
        let position = value::bigint(row, 0).map_err(StoreError::other)?;
        self.decode(position, row)
            .map_err(|source| corrupt(position, source))
    }

    fn decode(&mut self, position: i64, row: &PgRow) -> Result<RecordedEvent, BoxError> {
        let recorded_at = moment(row, 2)?;
        let event_id = value::uuid(row, 3)?;
        let schema_version = u32::try_from(value::integer(row, 6)?)?;
        let stream = self.stream(value::text(row, 7)?, value::text(row, 8)?)?;
        let name = self.names.get(value::text(row, 9)?)?.clone();
        let payload = Payload::from_store(value::text(row, 12)?);
        let metadata = self.metadata(Fields::of(row, [4, 5, 11])?)?;
        let mut event = NewEvent::explained(event_id.into(), name, payload, metadata)
            .with_schema_version(SchemaVersion::new(schema_version)?);
        if value::bytes(row, 10)?.is_some() {
            let tags: Vec<String> = row.try_get(10)?;
            let tags: Result<Vec<_>, _> = tags.into_iter().map(Tag::new).collect();
            event = event.with_tags(tags?);
        }
        Ok(event.recorded(
            stream,
            StreamVersion::try_from(value::bigint(row, 1)?)?,
            Position::try_from(position)?,
            recorded_at,
        ))
    }

    fn stream(&mut self, category: &str, key: &str) -> Result<StreamId, InvalidWord> {
        let same_category = match &self.stream {
            Some(stream) if stream.category().as_str() == category => {
                if stream.key().as_str() == key {
                    return Ok(stream.clone());
                }
                Some(stream.category().clone())
            }
            _ => None,
        };
        let category = same_category.map_or_else(|| Category::new(category), Ok)?;
        let stream = StreamId::new(category, StreamKey::new(key)?);
        Ok(self.stream.insert(stream).clone())
    }

    /// The events of one command have the same.
    fn metadata(&mut self, fields: Fields<'_>) -> Result<Arc<Metadata>, BoxError> {
        if fields.is_empty() {
            return Ok(Arc::clone(&self.none));
        }
        if let Some((before, metadata)) = &self.metadata
            && fields == Fields::from(before)
        {
            return Ok(Arc::clone(metadata));
        }
        let metadata = Arc::new(fields.decode()?);
        self.metadata = Some((fields.into_owned(), Arc::clone(&metadata)));
        Ok(metadata)
    }
}

impl<'a> Fields<'a> {
    fn of(row: &'a PgRow, [correlation, causation, entries]: [usize; 3]) -> Result<Self, BoxError> {
        Ok(Self {
            correlation_id: value::optional_uuid(row, correlation)?,
            causation_id: value::optional_uuid(row, causation)?,
            entries: value::optional_text(row, entries)?,
        })
    }

    const fn is_empty(&self) -> bool {
        self.correlation_id.is_none() && self.causation_id.is_none() && self.entries.is_none()
    }

    fn into_owned(self) -> OwnedFields {
        let entries = self.entries.map(ToOwned::to_owned);
        (self.correlation_id, self.causation_id, entries)
    }

    fn decode(&self) -> Result<Metadata, BoxError> {
        let mut metadata = Metadata::new();
        metadata.correlation_id = self.correlation_id.map(Into::into);
        metadata.causation_id = self.causation_id.map(Into::into);
        if let Some(text) = self.entries {
            for (key, value) in serde_json::from_str::<BTreeMap<String, String>>(text)? {
                metadata.insert(key, value)?;
            }
        }
        Ok(metadata)
    }
}

impl<'a> From<&'a OwnedFields> for Fields<'a> {
    fn from((correlation_id, causation_id, entries): &'a OwnedFields) -> Self {
        Self {
            correlation_id: *correlation_id,
            causation_id: *causation_id,
            entries: entries.as_deref(),
        }
    }
}
