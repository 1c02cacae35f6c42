//! Events as the rows of a binary COPY: <https://www.postgresql.org/docs/current/sql-copy.html>, "Binary Format".

use chrono::{DateTime, Utc};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::import::ImportEvent;
use cqrs_core::words::metadata::{CausationId, CorrelationId};
use cqrs_core::words::position::Position;
use cqrs_core::words::tag::Tag;
use uuid::Uuid;

use crate::row::{YEAR_2000, metadata_text};

/// The bytes of `copy_events.sql` and, when there are tags, of `copy_event_tags.sql`.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) events: Vec<u8>,
    pub(super) tags: Option<Vec<u8>>,
}

/// What a row needs besides its texts, roughly.
const ROW: usize = 160;

impl Rows {
    /// The events at these positions; those that say no time were recorded `now`.
    pub(super) fn of(
        chunk: &[ImportEvent],
        positions: &[Position],
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let sizes = chunk.iter().map(|import| import.event.payload.size() + ROW);
        let mut events = Table::with_capacity(sizes.sum());
        let mut tags = Table::with_capacity(0);
        let mut tagged: Vec<(&Tag, Position)> = Vec::new();
        for (import, position) in chunk.iter().zip(positions) {
            add_event(&mut events, import, *position, now)?;
            let pairs = import.event.tags.iter().map(|tag| (tag, *position));
            tagged.extend(pairs);
        }
        // In the order of the index.
        tagged.sort_unstable();
        for (tag, position) in &tagged {
            tags.row(2);
            tags.field(tag.as_str().as_bytes())?;
            tags.field(&position.as_i64().to_be_bytes())?;
        }
        Ok(Self {
            events: events.end(),
            tags: (!tagged.is_empty()).then(|| tags.end()),
        })
    }
}

/// The columns of `copy_events.sql`.
fn add_event(
    rows: &mut Table,
    import: &ImportEvent,
    position: Position,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let event = &import.event;
    let moment = import.recorded_at.unwrap_or(now).timestamp_micros();
    let moment = moment.checked_sub(YEAR_2000);
    let moment = moment.ok_or_else(|| StoreError::other("the time is out of range"))?;
    let schema_version = i32::try_from(event.schema_version.get()).map_err(StoreError::other)?;
    let (correlation, causation) = (event.metadata.correlation_id, event.metadata.causation_id);
    rows.row(13);
    rows.field(&position.as_i64().to_be_bytes())?;
    rows.field(&import.version.as_i64().to_be_bytes())?;
    rows.field(&moment.to_be_bytes())?;
    rows.field(event.event_id.as_uuid().as_bytes())?;
    rows.id(correlation.map(CorrelationId::as_uuid))?;
    rows.id(causation.map(CausationId::as_uuid))?;
    rows.field(&schema_version.to_be_bytes())?;
    rows.field(import.stream.category().as_str().as_bytes())?;
    rows.field(import.stream.key().as_str().as_bytes())?;
    rows.field(event.name.as_str().as_bytes())?;
    rows.tags(&event.tags)?;
    match metadata_text(&event.metadata)? {
        Some(text) => rows.field(text.as_bytes())?,
        None => rows.null(),
    }
    rows.field(event.payload.as_str().as_bytes())
}

/// The bytes of one COPY.
struct Table(Vec<u8>);

impl Table {
    fn with_capacity(bytes: usize) -> Self {
        let mut table = Vec::with_capacity(bytes + 32);
        table.extend_from_slice(b"PGCOPY\n\xff\r\n\0");
        // No flags, and no further header.
        table.extend_from_slice(&[0; 8]);
        Self(table)
    }

    fn end(mut self) -> Vec<u8> {
        self.0.extend_from_slice(&(-1_i16).to_be_bytes());
        self.0
    }

    fn row(&mut self, columns: i16) {
        self.0.extend_from_slice(&columns.to_be_bytes());
    }

    fn null(&mut self) {
        self.0.extend_from_slice(&(-1_i32).to_be_bytes());
    }

    fn field(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.length(bytes.len())?;
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn id(&mut self, id: Option<Uuid>) -> Result<(), StoreError> {
        if let Some(id) = id {
            return self.field(id.as_bytes());
        }
        self.null();
        Ok(())
    }

    /// `text[]`: dimensions, whether there are nulls, the type's number; then length and first index; then the texts.
    fn tags(&mut self, tags: &[Tag]) -> Result<(), StoreError> {
        const TEXT: i32 = 25;
        if tags.is_empty() {
            self.null();
            return Ok(());
        }
        let texts = tags.iter().map(|tag| tag.as_str().len() + 4);
        self.length(20 + texts.sum::<usize>())?;
        for number in [1, 0, TEXT] {
            self.0.extend_from_slice(&number.to_be_bytes());
        }
        self.length(tags.len())?;
        self.0.extend_from_slice(&1_i32.to_be_bytes());
        tags.iter()
            .try_for_each(|tag| self.field(tag.as_str().as_bytes()))
    }

    fn length(&mut self, length: usize) -> Result<(), StoreError> {
        let length = i32::try_from(length).map_err(StoreError::other)?;
        self.0.extend_from_slice(&length.to_be_bytes());
        Ok(())
    }
}
