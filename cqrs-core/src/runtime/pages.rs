//! The pages of a stream or of the log, the next one read ahead.

use std::sync::Arc;

use super::ahead::Ahead;
use super::app::Cqrs;
use crate::ports::error::StoreError;
use crate::ports::read_log::LogRead;
use crate::ports::read_stream::{StreamPage, StreamRead};
use crate::ports::store::SharedStore;
use crate::words::event::RecordedEvent;
use crate::words::filter::Filter;
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// The pages of a stream or of the log, one after the other: one is with the caller, and one is read ahead.
#[derive(Debug)]
pub(super) struct Pages {
    cqrs: Cqrs,
    /// The page that was read before.
    first: Option<Vec<RecordedEvent>>,
    /// What to read next, unless the last page was read.
    next: Option<Part>,
    ahead: Ahead<Page>,
}

/// What to read.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Log {
        after: Position,
        filter: Filter,
    },
    Stream {
        stream: StreamId,
        from: StreamVersion,
        through: StreamVersion,
    },
}

#[derive(Debug)]
struct Page {
    events: Vec<RecordedEvent>,
    next: Option<Part>,
}

impl Pages {
    pub(super) fn new(cqrs: Cqrs, part: Part) -> Self {
        Self {
            cqrs,
            first: None,
            next: Some(part),
            ahead: Ahead::default(),
        }
    }

    /// A page of a stream that was read already, and those after it, up to this version.
    pub(super) fn beginning_with(
        cqrs: Cqrs,
        stream: StreamId,
        page: StreamPage,
        through: StreamVersion,
    ) -> Self {
        let StreamPage { mut events, .. } = page;
        let next = Part::after(&events, page.is_last, stream, through);
        events.truncate(events.partition_point(|event| event.version <= through));
        let mut pages = Self {
            cqrs,
            first: Some(events),
            next,
            ahead: Ahead::default(),
        };
        pages.read_ahead();
        pages
    }

    /// Leaves out the first event of the page that was read already.
    pub(super) fn pass_first(&mut self) {
        if let Some(first) = &mut self.first
            && !first.is_empty()
        {
            first.remove(0);
        }
    }

    fn read_ahead(&mut self) {
        if let Some(part) = self.next.clone() {
            let (store, limit) = (Arc::clone(self.cqrs.store()), self.cqrs.page());
            self.ahead
                .begin(async move { part.read(&store, limit).await });
        }
    }

    /// The next page, perhaps without events; `None` after the last. Can be dropped at any time: no page is left out, nor
    /// after an error.
    pub(super) async fn turn(&mut self) -> Result<Option<Vec<RecordedEvent>>, StoreError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let Some(part) = &self.next else {
            return Ok(None);
        };
        let page = match self.ahead.take().await {
            Some(page) => page,
            None => {
                part.clone()
                    .read(self.cqrs.store(), self.cqrs.page())
                    .await?
            }
        };
        self.next = page.next;
        self.read_ahead();
        Ok(Some(page.events))
    }
}

impl Part {
    async fn read(self, store: &SharedStore, limit: usize) -> Result<Page, StoreError> {
        match self {
            Self::Log { after, filter } => {
                let request = LogRead::after(after).filter(filter.clone()).limit(limit);
                let page = store.read_log(request).await?;
                let after = page.through;
                Ok(Page {
                    events: page.events,
                    next: (!page.is_last).then_some(Self::Log { after, filter }),
                })
            }
            Self::Stream {
                stream,
                from,
                through,
            } => {
                let left = (through.get() + 1).saturating_sub(from.get());
                let limit = usize::try_from(left).unwrap_or(usize::MAX).min(limit);
                if limit == 0 {
                    let (events, next) = (Vec::new(), None);
                    return Ok(Page { events, next });
                }
                let request = StreamRead::forward(stream.clone()).from(from).limit(limit);
                let page = store.read_stream(request).await?;
                let next = Self::after(&page.events, page.is_last, stream, through);
                let events = page.events;
                Ok(Page { events, next })
            }
        }
    }

    /// What is left of a stream after a page.
    fn after(
        events: &[RecordedEvent],
        is_last: bool,
        stream: StreamId,
        through: StreamVersion,
    ) -> Option<Self> {
        let last = events.last().map(|last| last.version);
        let last = last.filter(|last| !is_last && *last < through)?;
        Some(Self::Stream {
            stream,
            from: last.after(1),
            through,
        })
    }
}
