//! A page of the log with its events decoded, once for all lanes of this node that build the same generation.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::Lane;
use super::stride::Stride;
use crate::ports::error::StoreError;
use crate::ports::read_log::LogRead;
use crate::runtime::processor::{ProcessorError, RoutedEvent};
use crate::words::document_key::DocumentKey;
use crate::words::event::RecordedEvent;
use crate::words::partition::Partition;
use crate::words::position::Position;

/// How many pages are kept for lanes that are behind.
const KEPT: usize = 4;

/// A page of the log with its events decoded.
pub(super) struct Page {
    pub(super) events: Vec<PageEvent>,
    pub(super) through: Position,
    pub(super) is_last: bool,
    /// How many bytes the payloads had.
    pub(super) bytes: usize,
}

/// A recorded event, and what it is about: for each key the parts that are about it.
pub(super) struct PageEvent {
    pub(super) position: Position,
    pub(super) routed: Result<Vec<(Place, RoutedEvent)>, Undecoded>,
}

/// A key, and the partition that it is in.
pub(super) type Place = (DocumentKey, Partition);

/// An event that can't be decoded. It stands under the key of its stream, since nobody knows its own.
pub(super) struct Undecoded {
    pub(super) place: Option<Place>,
    pub(super) error: ProcessorError,
}

/// The last pages, by the position that they begin after.
#[derive(Default)]
pub(super) struct Pages(Mutex<BTreeMap<Position, Arc<OnceCell<Arc<Page>>>>>);

impl Pages {
    fn after(&self, position: Position) -> Arc<OnceCell<Arc<Page>>> {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let page = Arc::clone(pages.entry(position).or_default());
        while pages.len() > KEPT {
            pages.pop_first();
        }
        page
    }

    fn forget(&self, position: Position) {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.remove(&position);
    }
}

impl Lane {
    /// The next page, shared with the other lanes of this generation, if it has any.
    pub(super) async fn read(
        &self,
        after: Position,
        stride: Stride,
    ) -> Result<Arc<Page>, StoreError> {
        if self.slices().is_live() || self.slices().count() == 1 {
            return self.read_now(after, stride).await.map(Arc::new);
        }
        let pages = self.slices().pages();
        let shared = pages.after(after);
        let read = async || self.read_now(after, stride).await.map(Arc::new);
        let page = shared.get_or_try_init(read).await?;
        if page.is_last {
            // Next time there may be more.
            pages.forget(after);
        }
        Ok(Arc::clone(page))
    }

    async fn read_now(&self, after: Position, stride: Stride) -> Result<Page, StoreError> {
        let limit = if self.slices().is_live() {
            stride.events(&self.settings)
        } else {
            self.settings.rebuild_batch
        };
        let spec = self.processor.spec();
        let request = LogRead::after(after)
            .filter(spec.filter.clone())
            .limit(limit);
        let page = self.store.read_log(request).await?;
        let bytes = page.events.iter().map(|event| event.payload.size()).sum();
        let events = page.events.into_iter();
        Ok(Page {
            events: events.map(|event| self.decoded(event)).collect(),
            through: page.through,
            is_last: page.is_last,
            bytes,
        })
    }

    fn decoded(&self, recorded: RecordedEvent) -> PageEvent {
        let (position, stream) = (recorded.position, recorded.stream.clone());
        let place = |key: DocumentKey| {
            let partition = self.row.partitions.partition_of(key.as_str());
            (key, partition)
        };
        let routed = match self.processor.route(recorded) {
            Ok(routed) => Ok(routed
                .into_iter()
                .map(|(key, event)| (place(key), event))
                .collect()),
            Err(error) => {
                let key = DocumentKey::new(stream.key().as_str()).ok();
                let place = key.map(place);
                Err(Undecoded { place, error })
            }
        };
        PageEvent { position, routed }
    }
}
