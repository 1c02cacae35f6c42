//! Recorded events with their type, one after the other.

use std::collections::VecDeque;
use std::marker::PhantomData;

use super::app::Cqrs;
use super::pages::{Pages, Part};
use crate::encoding::error::DecodeError;
use crate::encoding::event::EventSet;
use crate::ports::error::StoreError;
use crate::words::event::{Recorded, RecordedEvent};
use crate::words::filter::{Filter, FilterItem};
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
    event: PhantomData<fn() -> E>,
}

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
        let names = E::EVENTS.iter().map(|event| event.name.clone());
        let filter = Filter::from(names.fold(FilterItem::new(), FilterItem::name));
        Self::new(cqrs, Part::Log { after, filter })
    }

    pub(super) fn of_stream(cqrs: Cqrs, stream: StreamId) -> Self {
        Self::new(
            cqrs,
            Part::Stream {
                stream,
                from: StreamVersion::FIRST,
                through: StreamVersion::MAX,
            },
        )
    }

    fn new(cqrs: Cqrs, part: Part) -> Self {
        Self {
            pages: Pages::new(cqrs, part),
            page: VecDeque::new(),
            event: PhantomData,
        }
    }

    /// The next event; `None` at the end. Can be dropped at any time: no event is left out.
    ///
    /// # Errors
    ///
    /// - [`ReadError::Decode`]: the event is passed over if the caller goes on.
    /// - [`ReadError::Store`]: the caller may try again, from the same place.
    pub async fn next(&mut self) -> Result<Option<Recorded<E>>, ReadError> {
        let recorded = loop {
            if let Some(recorded) = self.page.pop_front() {
                break recorded;
            }
            match self.pages.turn().await.map_err(ReadError::Store)? {
                Some(events) => self.page = events.into(),
                None => return Ok(None),
            }
        };
        let event = E::decode(&recorded).map_err(ReadError::Decode)?;
        Ok(Some(Recorded::new(event, recorded)))
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
