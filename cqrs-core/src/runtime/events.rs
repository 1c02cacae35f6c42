//! Recorded events with their type, one after the other.

use std::collections::VecDeque;

use super::app::Cqrs;
use super::pages::{Pages, Part};
use crate::encoding::error::DecodeError;
use crate::encoding::event::EventSet;
use crate::encoding::parts::{Parts, RecordedParts};
use crate::ports::error::StoreError;
use crate::words::event::{Recorded, RecordedEvent};
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// Recorded events with their type, one after the other, up to the end as it is when the last page is read.
///
/// Only two pages are in memory at a time: the next one is read ahead, in a task of its own. To go on with what comes later, there is
/// [`Cqrs::subscribe`](super::app::Cqrs::subscribe).
#[derive(Debug)]
#[must_use = "nothing is read until `.next().await`"]
pub struct Events<E> {
    pages: Pages,
    page: VecDeque<RecordedEvent>,
    /// What is left of a recorded event that is read as several.
    parts: Option<RecordedParts<E>>,
    decode: Decode<E>,
}

/// How much of an event must be in the set.
type Decode<E> = fn(&RecordedEvent) -> Result<Parts<E>, DecodeError>;

/// Recorded events that can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// An event can't be decoded.
    #[error("an event can't be read")]
    Decode(#[source] DecodeError),
    /// The store can't be read.
    #[error("the store could not be read")]
    Store(#[source] StoreError),
}

impl<E: EventSet> Events<E> {
    /// What the set names, whatever stream it is in.
    pub(super) fn of_log(cqrs: Cqrs, after: Position) -> Self {
        let filter = E::filter();
        Self::new(cqrs, Part::Log { after, filter }, E::decode_known)
    }

    pub(super) fn of_stream(cqrs: Cqrs, stream: StreamId) -> Self {
        Self::new(
            cqrs,
            Part::Stream {
                stream,
                from: StreamVersion::FIRST,
            },
            E::decode,
        )
    }

    fn new(cqrs: Cqrs, part: Part, decode: Decode<E>) -> Self {
        Self {
            pages: Pages::new(cqrs, part),
            page: VecDeque::new(),
            parts: None,
            decode,
        }
    }

    /// The next event; `None` at the end. A recorded event that is read as several comes as so many, one after the other:
    /// see [`Recorded::part`]. Can be dropped at any time: no event is left out.
    ///
    /// # Errors
    ///
    /// - [`ReadError::Decode`]: the event is passed over if the caller goes on.
    /// - [`ReadError::Store`]: the caller may try again, from the same place.
    pub async fn next(&mut self) -> Result<Option<Recorded<E>>, ReadError> {
        loop {
            if let Some(event) = self.parts.as_mut().and_then(Iterator::next) {
                return Ok(Some(event));
            }
            if let Some(recorded) = self.page.pop_front() {
                let parts = (self.decode)(&recorded).map_err(ReadError::Decode)?;
                self.parts = Some(parts.recorded(recorded));
                continue;
            }
            match self.pages.turn().await.map_err(ReadError::Store)? {
                Some(events) => self.page = events.into(),
                None => return Ok(None),
            }
        }
    }

    /// All that is left, in memory.
    ///
    /// # Errors
    ///
    /// The first [`ReadError`].
    pub async fn collect(mut self) -> Result<Vec<Recorded<E>>, ReadError> {
        let mut all = Vec::new();
        while let Some(event) = self.next().await? {
            all.push(event);
        }
        Ok(all)
    }
}
