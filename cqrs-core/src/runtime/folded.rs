//! An aggregate that was folded, and what a snapshot of it needs to know.

use super::deciders::Loaded;
use crate::domain::aggregate::Aggregate;
use crate::domain::root::Root;
use crate::words::version::StreamVersion;

/// An aggregate that was folded from its snapshot, or from its first event.
pub(super) struct Folded<A: Aggregate> {
    pub(super) loaded: Loaded<A>,
    /// The version of the snapshot that it began with, or none.
    pub(super) from: StreamVersion,
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
            end_of_chapter: None,
            is_in_the_way: false,
        }
    }
}
