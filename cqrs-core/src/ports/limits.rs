//! How large an append may be. Checked by every store before it does any I/O.

use std::collections::HashSet;

use super::append::Append;
use super::error::{AppendError, InvalidAppend};
use super::import::ImportEvent;
use crate::words::event::NewEvent;

/// How large appends and pages may be. Every store checks them first; the defaults suit most programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one payload's JSON text: 4 MiB.
    pub payload_bytes: usize,
    /// Bytes of the keys and values of one event's metadata: 64 KiB.
    pub metadata_bytes: usize,
    /// Tags of one event: 64.
    pub tags_per_event: usize,
    /// Events of one append: 10,000.
    pub events_per_append: usize,
    /// Bytes of all payloads and metadata of one append: 64 MiB.
    pub bytes_per_append: usize,
    /// Receipts of one append: 1,000.
    pub receipts_per_append: usize,
    /// Events of one page that is read. More are not an error: the page is shorter than asked for. 10,000.
    pub events_per_page: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            payload_bytes: 4 << 20,
            metadata_bytes: 64 << 10,
            tags_per_event: 64,
            events_per_append: 10_000,
            bytes_per_append: 64 << 20,
            receipts_per_append: 1_000,
            events_per_page: 10_000,
        }
    }
}

/// An append is larger than the store is configured to take. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {actual}, the limit `{limit}` is {most}")]
#[non_exhaustive]
pub struct LimitExceeded {
    /// The field of [`Limits`].
    pub limit: &'static str,
    /// What was measured, for instance the payload of which event.
    pub what: String,
    /// Its size.
    pub actual: usize,
    /// The most that is allowed.
    pub most: usize,
}

impl Limits {
    /// Checks an append by itself: that it makes sense, and that it is within the limits.
    ///
    /// # Errors
    ///
    /// [`AppendError::Invalid`] and [`AppendError::Limit`] name what is wrong, and the limit.
    pub fn check(&self, append: &Append) -> Result<(), AppendError> {
        check_sense(append)?;
        let mut bytes = self.check_events(append.events())?;
        within(
            "receipts_per_append",
            self.receipts_per_append,
            append.receipts.len(),
            || "the number of receipts".into(),
        )?;
        for receipt in &append.receipts {
            within(
                "payload_bytes",
                self.payload_bytes,
                receipt.reply.size(),
                || format!("the size of the reply of {} in bytes", receipt.command),
            )?;
            bytes = bytes.saturating_add(receipt.reply.size());
        }
        Ok(self.check_bytes(bytes)?)
    }

    /// Checks that a chunk of an import is within the limits of an append.
    ///
    /// # Errors
    ///
    /// [`LimitExceeded`] names the limit.
    pub fn check_import(&self, chunk: &[ImportEvent]) -> Result<(), LimitExceeded> {
        let bytes = self.check_events(chunk.iter().map(|import| &import.event))?;
        self.check_bytes(bytes)
    }

    /// Checks each event, and how many there are; how many bytes they have.
    fn check_events<'a>(
        &self,
        events: impl Iterator<Item = &'a NewEvent> + Clone,
    ) -> Result<usize, LimitExceeded> {
        let count = events.clone().count();
        within("events_per_append", self.events_per_append, count, || {
            "the number of events".into()
        })?;
        let mut bytes = 0_usize;
        for event in events {
            let name = &event.name;
            let (payload, metadata) = (event.payload.size(), event.metadata.size());
            within("payload_bytes", self.payload_bytes, payload, || {
                format!("the size of the payload of {name} in bytes")
            })?;
            within("metadata_bytes", self.metadata_bytes, metadata, || {
                format!("the size of the metadata of {name} in bytes")
            })?;
            within(
                "tags_per_event",
                self.tags_per_event,
                event.tags.len(),
                || format!("the number of tags of {name}"),
            )?;
            bytes = bytes.saturating_add(payload).saturating_add(metadata);
        }
        Ok(bytes)
    }

    fn check_bytes(&self, bytes: usize) -> Result<(), LimitExceeded> {
        within("bytes_per_append", self.bytes_per_append, bytes, || {
            "the size of the append in bytes".into()
        })
    }
}

fn within(
    limit: &'static str,
    most: usize,
    actual: usize,
    what: impl FnOnce() -> String,
) -> Result<(), LimitExceeded> {
    if actual > most {
        return Err(LimitExceeded {
            limit,
            what: what(),
            actual,
            most,
        });
    }
    Ok(())
}

fn check_sense(append: &Append) -> Result<(), InvalidAppend> {
    if append.streams.is_empty() && append.receipts.is_empty() {
        return Err(InvalidAppend::Empty);
    }
    if append.receipts.len() > 1 {
        let mut keys = HashSet::new();
        for receipt in &append.receipts {
            if !keys.insert(&receipt.key) {
                let key = receipt.key.clone();
                return Err(InvalidAppend::KeyTwice { key });
            }
        }
    }
    let (mut streams, mut ids) = (HashSet::new(), HashSet::new());
    for part in &append.streams {
        if part.events.is_empty() {
            return Err(InvalidAppend::NoEvents {
                stream: part.stream.clone(),
            });
        }
        if append.streams.len() > 1 && !streams.insert(&part.stream) {
            return Err(InvalidAppend::StreamTwice {
                stream: part.stream.clone(),
            });
        }
        if append.streams.len() > 1 || part.events.len() > 1 {
            for event in &part.events {
                if !ids.insert(event.event_id) {
                    return Err(InvalidAppend::EventIdTwice {
                        event_id: event.event_id,
                    });
                }
            }
        }
    }
    Ok(())
}
