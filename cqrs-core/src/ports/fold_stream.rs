//! A stream as it is folded: event by event while it is read, and no more of an event than folding needs.

use std::ops::ControlFlow;

use super::read_stream::{Direction, StreamPage, StreamRead};
use super::snapshots::FoundSnapshot;
use crate::words::event::{EventName, RecordedEvent, SchemaVersion};
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// Takes in the events of a stream, one after the other, while a store reads them.
///
/// It has no I/O of its own, and a store may hold a connection meanwhile, but no lock that others wait for.
pub trait Fold: Send {
    /// The snapshot that the store keeps of the stream, before any event. Only [`fold_from_snapshot`] finds one.
    ///
    /// [`fold_from_snapshot`]: super::snapshots::KeepSnapshots::fold_from_snapshot
    fn begin(&mut self, found: FoundSnapshot) -> ControlFlow<()> {
        let _ = found;
        ControlFlow::Continue(())
    }

    /// The next event, each once and in the order of the versions. [`ControlFlow::Break`]: no further one is wanted.
    fn event(&mut self, event: EventToFold<'_>) -> ControlFlow<()>;
}

/// An event as far as folding needs it: what an aggregate can see of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventToFold<'a> {
    /// Its place in the stream.
    pub version: StreamVersion,
    /// Its place in the whole log.
    pub position: Position,
    /// What kind of event it is.
    pub name: &'a EventName,
    /// The version of the payload's shape.
    pub schema_version: SchemaVersion,
    /// What happened: the JSON text just as it was given.
    pub payload: &'a str,
    /// All that the log has of it: where that was asked for ([`Detail::Whole`]), or where the store has it anyway.
    pub recorded: Option<&'a RecordedEvent>,
}

/// How much of each event is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What folding needs.
    Bare,
    /// All of it: upcasters may look at the metadata, and who reports an event needs its id.
    Whole,
}

/// Which part of a stream to fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamFold {
    /// The stream.
    pub stream: StreamId,
    /// The version to begin with.
    pub from: StreamVersion,
    /// The last version that is wanted: [`StreamVersion::MAX`] for all there is.
    pub through: StreamVersion,
    /// How much of each event.
    pub detail: Detail,
    /// The most events that are to be in memory at a time, at least 1. A store that hands on each event as it arrives may go on
    /// beyond that.
    pub limit: usize,
}

/// Where a fold has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldEnd {
    /// There was nothing more up to the last version that is wanted.
    Done,
    /// There may be more: ask for it from the version after the last one that was folded.
    More,
    /// The [`Fold`] wants no more.
    BrokenOff,
}

impl<'a> EventToFold<'a> {
    /// An event of which folding needs no more than this. For the authors of stores.
    #[must_use]
    pub const fn bare(
        version: StreamVersion,
        position: Position,
        name: &'a EventName,
        schema_version: SchemaVersion,
        payload: &'a str,
    ) -> Self {
        Self {
            version,
            position,
            name,
            schema_version,
            payload,
            recorded: None,
        }
    }
}

impl<'a> From<&'a RecordedEvent> for EventToFold<'a> {
    fn from(recorded: &'a RecordedEvent) -> Self {
        Self {
            version: recorded.version,
            position: recorded.position,
            name: &recorded.name,
            schema_version: recorded.schema_version,
            payload: recorded.payload.as_str(),
            recorded: Some(recorded),
        }
    }
}

impl StreamFold {
    /// The whole stream, bare, 1,000 events at a time.
    #[must_use]
    pub const fn of(stream: StreamId) -> Self {
        Self {
            stream,
            from: StreamVersion::FIRST,
            through: StreamVersion::MAX,
            detail: Detail::Bare,
            limit: 1_000,
        }
    }

    /// How many events are wanted at most.
    #[must_use]
    pub fn left(&self) -> u64 {
        let before = self.from.get().max(1) - 1;
        self.through.get().saturating_sub(before)
    }

    /// The page that a store reads for it which has no other way; `None` when nothing is wanted.
    #[must_use]
    pub fn page(&self) -> Option<StreamRead> {
        let left = usize::try_from(self.left()).unwrap_or(usize::MAX);
        (left > 0).then(|| StreamRead {
            stream: self.stream.clone(),
            from: self.from,
            direction: Direction::Forward,
            limit: self.limit.min(left),
        })
    }
}

impl StreamPage {
    /// Hands on the events of a page that was read forward, up to this version.
    pub fn fold(&self, through: StreamVersion, fold: &mut dyn Fold) -> FoldEnd {
        for event in &self.events {
            if event.version > through {
                return FoldEnd::Done;
            }
            if fold.event(event.into()).is_break() {
                return FoldEnd::BrokenOff;
            }
        }
        let is_through = self
            .events
            .last()
            .is_some_and(|last| last.version >= through);
        if self.is_last || is_through {
            FoldEnd::Done
        } else {
            FoldEnd::More
        }
    }
}
