//! A page of the log with its events decoded, once for all lanes of this node that build the same generation.

use std::ops::Range;
use std::sync::Arc;

use super::Lane;
use super::stride::Stride;
use crate::ports::error::StoreError;
use crate::ports::read_log::LogRead;
use crate::runtime::processor::{Processor, ProcessorError, Routed, RoutedEvent};
use crate::words::document_key::DocumentKey;
use crate::words::event::RecordedEvent;
use crate::words::partition::{Partition, PartitionCount};
use crate::words::position::Position;

/// A page of the log with its events decoded.
pub(super) struct Page {
    pub(super) events: Vec<PageEvent>,
    /// All that the events are about, in one list: see [`PageEvent::routed`].
    pub(super) routed: Routed,
    /// The partition of the key of each of those.
    pub(super) partitions: Vec<Partition>,
    pub(super) through: Position,
    pub(super) is_last: bool,
    /// How many bytes the payloads had.
    pub(super) bytes: usize,
}

/// A recorded event, and where in its page stands what it is about.
pub(super) struct PageEvent {
    pub(super) position: Position,
    pub(super) routed: Result<Range<usize>, Box<Undecoded>>,
}

/// A key, and the partition that it is in.
pub(super) type Place = (DocumentKey, Partition);

/// An event that can't be decoded. It stands under the key of its stream, since nobody knows its own.
pub(super) struct Undecoded {
    pub(super) place: Place,
    pub(super) error: ProcessorError,
}

impl Page {
    /// A page of no events.
    pub(super) fn empty(through: Position) -> Self {
        Self {
            events: Vec::new(),
            routed: Routed::default(),
            partitions: Vec::new(),
            through,
            is_last: true,
            bytes: 0,
        }
    }

    /// What an event is about: for each key the parts that are about it.
    pub(super) fn about(
        &self,
        range: &Range<usize>,
    ) -> impl Iterator<Item = (&DocumentKey, Partition, &RoutedEvent)> {
        let routed = self.routed.among(range.clone()).iter();
        let partitions = self.partitions.get(range.clone()).unwrap_or_default();
        routed
            .zip(partitions)
            .map(|((key, event), partition)| (key, *partition, event))
    }

    fn add(&mut self, recorded: RecordedEvent, processor: &dyn Processor, count: PartitionCount) {
        let (position, first) = (recorded.position, self.routed.len());
        let of_stream = DocumentKey::from(recorded.stream.key());
        self.bytes += recorded.payload.size();
        let routed = match processor.route(recorded, &mut self.routed) {
            Ok(()) => {
                self.find_partitions(first, count);
                Ok(first..self.routed.len())
            }
            Err(error) => {
                let partition = count.partition_of(of_stream.as_str());
                let place = (of_stream, partition);
                Err(Box::new(Undecoded { place, error }))
            }
        };
        self.events.push(PageEvent { position, routed });
    }

    /// Those of all keys from this one on. A key is mostly that of the event before.
    fn find_partitions(&mut self, first: usize, count: PartitionCount) {
        let before = first.saturating_sub(1);
        let mut known = self.routed.among(before..first).first();
        for routed in self.routed.among(first..self.routed.len()) {
            let same = known.filter(|(known, _)| *known == routed.0);
            let same = same.and_then(|_| self.partitions.last()).copied();
            let partition = same.unwrap_or_else(|| count.partition_of(routed.0.as_str()));
            self.partitions.push(partition);
            known = Some(routed);
        }
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
        let shared = pages.after(after, self.slice.number).await;
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
            stride.events_to_build(&self.settings)
        };
        let spec = self.processor.spec();
        let request = LogRead::after(after)
            .filter(spec.filter.clone())
            .limit(limit);
        let page = self.store.read_log(request).await?;
        let mut decoded = Page {
            events: Vec::with_capacity(page.events.len()),
            routed: Routed::with_capacity(page.events.len()),
            partitions: Vec::with_capacity(page.events.len()),
            is_last: page.is_last,
            ..Page::empty(page.through)
        };
        for event in page.events {
            decoded.add(event, &*self.processor, self.row.partitions);
        }
        Ok(decoded)
    }
}
