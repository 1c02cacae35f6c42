//! Recorded events with their type, one after the other.

use std::collections::VecDeque;

use super::app::Cqrs;
use crate::encoding::error::DecodeError;
use crate::encoding::event::EventSet;
use crate::encoding::parts::{Parts, RecordedParts};
use crate::ports::error::StoreError;
use crate::ports::read_log::LogRead;
use crate::ports::read_stream::StreamRead;
use crate::words::event::{Recorded, RecordedEvent};
use crate::words::filter::Filter;
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// Recorded events with their type, one after the other, up to the end as it is when the last page is read.
///
/// Only a page is in memory at a time. To go on with what comes later, there is
/// [`Cqrs::subscribe`](super::app::Cqrs::subscribe).
#[derive(Debug)]
#[must_use = "nothing is read until `.next().await`"]
pub struct Events<E> {
    cqrs: Cqrs,
    /// What to read next, unless the last page was read.
    next: Option<Next>,
    page: VecDeque<RecordedEvent>,
    /// What is left of a recorded event that is read as several.
    parts: Option<RecordedParts<E>>,
    decode: Decode<E>,
}

/// How much of an event must be in the set.
type Decode<E> = fn(&RecordedEvent) -> Result<Parts<E>, DecodeError>;

#[derive(Debug)]
enum Next {
    Log {
        after: Position,
        filter: Filter,
    },
    Stream {
        stream: StreamId,
        from: StreamVersion,
    },
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
        let filter = E::filter();
        Self::new(cqrs, Next::Log { after, filter }, E::decode_known)
    }

    pub(super) fn of_stream(cqrs: Cqrs, stream: StreamId) -> Self {
        Self::new(
            cqrs,
            Next::Stream {
                stream,
                from: StreamVersion::FIRST,
            },
            E::decode,
        )
    }

    fn new(cqrs: Cqrs, next: Next, decode: Decode<E>) -> Self {
        Self {
            cqrs,
            next: Some(next),
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
            while self.page.is_empty() && self.next.is_some() {
                self.turn_page().await.map_err(ReadError::Store)?;
            }
            let Some(recorded) = self.page.pop_front() else {
                return Ok(None);
            };
            let parts = (self.decode)(&recorded).map_err(ReadError::Decode)?;
            self.parts = Some(parts.recorded(recorded));
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

    async fn turn_page(&mut self) -> Result<(), StoreError> {
        let limit = self.cqrs.page();
        let is_last = match &mut self.next {
            None => return Ok(()),
            Some(Next::Log { after, filter }) => {
                let request = LogRead::after(*after).filter(filter.clone()).limit(limit);
                let page = self.cqrs.store().read_log(request).await?;
                self.page = page.events.into();
                *after = page.through;
                page.is_last
            }
            Some(Next::Stream { stream, from }) => {
                let request = StreamRead::forward(stream.clone()).from(*from).limit(limit);
                let page = self.cqrs.store().read_stream(request).await?;
                self.page = page.events.into();
                *from = self.page.back().map_or(*from, |last| last.version.after(1));
                page.is_last
            }
        };
        if is_last {
            self.next = None;
        }
        Ok(())
    }
}
