//! What was done before: A4 and A7. A second round trip, on a path that is rare.

use std::collections::HashMap;

use cqrs_core::ports::append::{Append, AppendOutcome, Appended, StreamAppend};
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::words::event::{EventId, NewEvent, RecordedEvent};
use cqrs_core::words::position::Position;
use cqrs_core::words::version::StreamVersion;
use uuid::Uuid;

use crate::postgres::Inner;
use crate::row;

type Found = HashMap<EventId, RecordedEvent>;

impl Inner {
    /// The receipts of the first requests with these keys.
    pub(crate) async fn repeated(&self, append: &Append) -> Result<AppendOutcome, AppendError> {
        let keys = append.receipts.iter().map(|receipt| &receipt.key);
        let found = self.receipts(keys).await?;
        if found.is_empty() {
            return Err(StoreError::Retryable("the receipt was forgotten meanwhile".into()).into());
        }
        Ok(AppendOutcome::Repeated(found))
    }

    /// The first outcome of this append, if it is what recorded these ids.
    pub(crate) async fn recorded_before(
        &self,
        append: &Append,
    ) -> Result<AppendOutcome, AppendError> {
        let ids: Vec<Uuid> = append
            .events()
            .map(|event| event.event_id.as_uuid())
            .collect();
        let statement = sqlx::query(self.statements.find_events.clone()).bind(ids);
        let found: Found = row::events(&self.session, statement)
            .await?
            .into_iter()
            .map(|event| (event.event_id, event))
            .collect();
        if let Some(appended) = first_outcome(append, &found) {
            return Ok(AppendOutcome::Recorded(appended));
        }
        // Not by this append: then the requests may have been done before, with other events.
        let keys = append.receipts.iter().map(|receipt| &receipt.key);
        let repeated = self.receipts(keys).await?;
        if repeated.is_empty() {
            return Err(reused(append, &found));
        }
        Ok(AppendOutcome::Repeated(repeated))
    }
}

fn reused(append: &Append, found: &Found) -> AppendError {
    let mut ids = append.events().map(|event| event.event_id);
    match ids.find(|id| found.contains_key(id)) {
        Some(event_id) => AppendError::EventIdReused { event_id },
        None => StoreError::other("the server found an event id, and then did not").into(),
    }
}

/// Where exactly these events stand, if they do: in these streams, one after the other, from where each stream was as
/// expected.
fn first_outcome(append: &Append, found: &Found) -> Option<Appended> {
    let mut position = Position::START;
    let mut streams = Vec::with_capacity(append.streams.len());
    for part in &append.streams {
        let last = last_of(part, found)?;
        position = position.max(last.position);
        streams.push((part.stream.clone(), last.version));
    }
    Some(Appended::new(position, streams))
}

fn last_of<'a>(part: &StreamAppend, found: &'a Found) -> Option<&'a RecordedEvent> {
    let first = found.get(&part.events.first()?.event_id)?;
    let before = StreamVersion::new(first.version.get().checked_sub(1)?).ok()?;
    let mut last = None;
    for (event, place) in part.events.iter().zip(1..) {
        let recorded = found.get(&event.event_id)?;
        let same_place = recorded.stream == part.stream && recorded.version == before.after(place);
        if !same_place || !has_content(recorded, event) {
            return None;
        }
        last = Some(recorded);
    }
    last.filter(|_| part.expected.is_met_by(before))
}

/// Every byte of the content counts.
fn has_content(recorded: &RecordedEvent, new: &NewEvent) -> bool {
    recorded.name == new.name
        && recorded.schema_version == new.schema_version
        && recorded.payload == new.payload
        && recorded.metadata == new.metadata
        && recorded.tags == new.tags
}
