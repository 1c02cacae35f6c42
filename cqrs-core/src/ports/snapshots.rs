//! The port that keeps snapshots.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::error::StoreError;
use super::fold_stream::{Detail, Fold, FoldEnd};
use super::read_stream::{ReadStream, StreamPage, StreamRead};
use crate::words::event::EventId;
use crate::words::fingerprint::Fingerprint;
use crate::words::payload::Payload;
use crate::words::position::Position;
use crate::words::stream::{Category, StreamId, StreamKey};
use crate::words::version::StreamVersion;

/// Keeps snapshots of aggregates, at most one for each stream.
///
/// A store that keeps none has an empty `impl`: snapshots can only make loading faster (S1).
///
/// # Guarantees
///
/// - S1: what is found was kept, whole: state, version, event and fingerprint of one and the same snapshot. A snapshot
///   never takes the place of a later one of the same fingerprint.
#[async_trait]
pub trait KeepSnapshots: ReadStream {
    /// Whether it keeps any.
    fn keeps_snapshots(&self) -> bool {
        false
    }

    /// The snapshot of this stream, unless it is of a version after `through`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn find_snapshot(
        &self,
        stream: &StreamId,
        through: StreamVersion,
    ) -> Result<Option<Snapshot>, StoreError> {
        let _ = (stream, through);
        Ok(None)
    }

    /// The snapshot of a stream, and the first page of the events from its version on: the event of its version is the first
    /// of them. Where there is none that can be used, the page begins with the stream.
    ///
    /// A store that finds both in one round trip has its own.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn read_from_snapshot(&self, request: SnapshotRead) -> Result<SnapshotPage, StoreError> {
        let snapshot = self.find_snapshot(&request.stream, request.through).await?;
        let from = request.begins_with(snapshot.as_ref());
        let read = StreamRead::forward(request.stream)
            .from(from)
            .limit(request.limit);
        let page = self.read_stream(read).await?;
        Ok(SnapshotPage { snapshot, page })
    }

    /// The snapshot of a stream, and then a part of what comes after it, to be folded: the events after its version, or those
    /// from the first on where there is none that can be used. No event after the version `through` is handed on.
    ///
    /// A store that has its own [`fold_stream`](ReadStream::fold_stream) has its own of this as well: aggregates with snapshots
    /// are loaded through it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn fold_from_snapshot(
        &self,
        request: SnapshotRead,
        detail: Detail,
        fold: &mut dyn Fold,
    ) -> Result<FoldEnd, StoreError> {
        let _ = detail;
        let page = self.read_from_snapshot(request.clone()).await?;
        Ok(page.fold(&request, fold))
    }

    /// Keeps a snapshot in the place of the stream's last one, unless that is a later one of the same fingerprint.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be written.
    async fn keep_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        let _ = snapshot;
        Ok(())
    }

    /// A page of the snapshots of a category, in the order of their keys' bytes, after this key.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn list_snapshots(
        &self,
        category: &Category,
        after: Option<&StreamKey>,
        limit: usize,
    ) -> Result<Vec<Snapshot>, StoreError> {
        let _ = (category, after, limit);
        Ok(Vec::new())
    }

    /// Drops the snapshot of a stream, or all of a category, and says how many.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be written.
    async fn drop_snapshots(
        &self,
        category: &Category,
        key: Option<&StreamKey>,
    ) -> Result<u64, StoreError> {
        let _ = (category, key);
        Ok(0)
    }
}

/// The state of an aggregate at one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The aggregate's stream.
    pub stream: StreamId,
    /// The version up to which events are in the state.
    pub version: StreamVersion,
    /// The event of that version: where the stream has another there, or none, the snapshot is not of this log.
    pub event_id: EventId,
    /// The position of that event.
    pub position: Position,
    /// Which code took it.
    pub fingerprint: Fingerprint,
    /// The state.
    pub state: Payload,
    /// When it was taken, by the application's clock, in whole microseconds.
    pub taken_at: DateTime<Utc>,
}

/// What to read of a stream that may have a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotRead {
    /// The stream.
    pub stream: StreamId,
    /// No snapshot of a later version.
    pub through: StreamVersion,
    /// Only a snapshot of this code is of use.
    pub fingerprint: Fingerprint,
    /// The most events of the page, at least 1.
    pub limit: usize,
}

/// A snapshot, and what the stream has from there on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotPage {
    /// The snapshot that is kept, also one of other code.
    pub snapshot: Option<Snapshot>,
    /// From the snapshot's version on if it is of the code that was asked for, else from the first event.
    pub page: StreamPage,
}

/// A snapshot, and by what it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundSnapshot {
    /// The snapshot that is kept, also one of other code.
    pub snapshot: Snapshot,
    /// The event that the stream has at its version, if any. Told only of a snapshot of the code that was asked for.
    pub event: Option<(EventId, Position)>,
}

impl SnapshotPage {
    /// Hands on what was read: the snapshot, and the events after its version.
    pub fn fold(mut self, request: &SnapshotRead, fold: &mut dyn Fold) -> FoldEnd {
        if let Some(snapshot) = self.snapshot {
            let is_usable = snapshot.fingerprint == request.fingerprint;
            let mut event = None;
            if is_usable {
                let first = self.page.events.first();
                event = first
                    .filter(|first| first.version == snapshot.version)
                    .map(|first| (first.event_id, first.position));
                let version = snapshot.version;
                self.page.events.retain(|event| event.version > version);
            }
            if fold.begin(FoundSnapshot { snapshot, event }).is_break() {
                return FoldEnd::BrokenOff;
            }
        }
        self.page.fold(request.through, fold)
    }
}

impl SnapshotRead {
    /// The version that the page begins with.
    #[must_use]
    pub fn begins_with(&self, snapshot: Option<&Snapshot>) -> StreamVersion {
        snapshot
            .filter(|snapshot| snapshot.fingerprint == self.fingerprint)
            .map_or(StreamVersion::FIRST, |snapshot| {
                snapshot.version.max(StreamVersion::FIRST)
            })
    }
}
