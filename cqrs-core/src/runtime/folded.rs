//! An aggregate that was folded, and what a snapshot of it needs to know.

use super::deciders::Loaded;
use crate::domain::aggregate::Aggregate;
use crate::domain::root::Root;
use crate::encoding::error::DecodeError;
use crate::words::event::{EventId, RecordedEvent};
use crate::words::version::StreamVersion;

/// An aggregate that was folded from its snapshot, or from its first event.
pub(super) struct Folded<A: Aggregate> {
    pub(super) loaded: Loaded<A>,
    /// The version of the snapshot that it began with, or none.
    pub(super) from: StreamVersion,
    /// The event of the version that it has come to.
    pub(super) last: Option<EventId>,
    /// The version of the last event with which a chapter ends.
    pub(super) end_of_chapter: Option<StreamVersion>,
    /// Whether there is a snapshot that is of no use.
    pub(super) is_in_the_way: bool,
}

impl<A: Aggregate> Folded<A> {
    /// Nothing is folded yet.
    pub(super) const fn new(root: Root<A>) -> Self {
        Self {
            loaded: Loaded::new(root),
            from: StreamVersion::NONE,
            last: None,
            end_of_chapter: None,
            is_in_the_way: false,
        }
    }

    /// Folds the next events of the stream.
    pub(super) fn take_in(&mut self, page: &[RecordedEvent]) -> Result<(), DecodeError> {
        for recorded in page {
            let mut ends_chapter = false;
            self.loaded.take_in(recorded, |event| {
                if let Some(policy) = A::SNAPSHOTS {
                    ends_chapter |= policy.ends_chapter(event);
                }
            })?;
            if ends_chapter {
                self.end_of_chapter = Some(recorded.version);
            }
        }
        if let Some(last) = page.last() {
            self.last = Some(last.event_id);
        }
        Ok(())
    }
}
