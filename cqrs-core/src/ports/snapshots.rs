//! The port that keeps snapshots.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::error::StoreError;
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
/// - S1: what is found was kept, whole: state, version, position and fingerprint of one and the same snapshot. A snapshot
///   never takes the place of a later one of the same fingerprint.
#[async_trait]
pub trait KeepSnapshots: Send + Sync {
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
    /// The position of the event of that version: where the log has another event there, or none, the snapshot is not of
    /// this log.
    pub position: Position,
    /// Which code took it.
    pub fingerprint: Fingerprint,
    /// The state.
    pub state: Payload,
    /// When it was taken, by the application's clock, in whole microseconds.
    pub taken_at: DateTime<Utc>,
}
