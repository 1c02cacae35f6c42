//! The pages of a stream or of the log, the next one read ahead.

use std::sync::Arc;

use super::ahead::Ahead;
use super::app::Cqrs;
use crate::ports::error::StoreError;
use crate::ports::read_log::LogRead;
use crate::ports::read_stream::StreamRead;
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
            next: Some(part),
            ahead: Ahead::default(),
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
            Self::Stream { stream, from } => {
                let request = StreamRead::forward(stream.clone()).from(from).limit(limit);
                let page = store.read_stream(request).await?;
                let last = page.events.last().filter(|_| !page.is_last);
                let next = last.map(|last| Self::Stream {
                    stream,
                    from: last.version.after(1),
                });
                let events = page.events;
                Ok(Page { events, next })
            }
        }
    }
}
