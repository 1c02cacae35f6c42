//! Snapshots that are wrong, or are not kept.

use async_trait::async_trait;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::snapshots::{KeepSnapshots, Snapshot};
use cqrs_core::words::event::EventId;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::stream::{Category, StreamId, StreamKey};
use cqrs_core::words::version::StreamVersion;

use super::FaultyStore;
use super::fault::{SnapshotFault, SnapshotWriteFault, corrupt, unavailable};

// `read_from_snapshot` stays as it is: it finds the snapshot and reads the stream, and either has its faults.
#[async_trait]
impl KeepSnapshots for FaultyStore {
    fn keeps_snapshots(&self) -> bool {
        self.inner.keeps_snapshots()
    }

    async fn find_snapshot(
        &self,
        stream: &StreamId,
        through: StreamVersion,
    ) -> Result<Option<Snapshot>, StoreError> {
        let found = self.inner.find_snapshot(stream, through).await?;
        let Some(mut snapshot) = found else {
            return Ok(None);
        };
        match self.script.snapshots.take() {
            None => {}
            Some(SnapshotFault::Unavailable) => return Err(unavailable()),
            Some(SnapshotFault::Corrupt) => return Err(corrupt()),
            Some(SnapshotFault::TruncateState) => {
                let text = snapshot.state.as_str();
                let cut = (0..=text.len() / 2)
                    .rev()
                    .find(|at| text.is_char_boundary(*at));
                snapshot.state = Payload::from_store(&text[..cut.unwrap_or_default()]);
            }
            Some(SnapshotFault::OtherState(state)) => snapshot.state = state,
            Some(SnapshotFault::Future(versions)) => {
                let versions = usize::try_from(versions).unwrap_or(usize::MAX);
                snapshot.version = snapshot.version.after(versions);
            }
            Some(SnapshotFault::OtherEvent) => snapshot.event_id = EventId::new(),
            Some(SnapshotFault::OtherCode) => snapshot.fingerprint = snapshot.fingerprint.and(1),
        }
        Ok(Some(snapshot))
    }

    async fn keep_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        match self.script.snapshot_writes.take() {
            None => self.inner.keep_snapshot(snapshot).await,
            Some(SnapshotWriteFault::Unavailable) => Err(unavailable()),
            Some(SnapshotWriteFault::LoseReply) => {
                self.inner.keep_snapshot(snapshot).await?;
                Err(unavailable())
            }
            Some(SnapshotWriteFault::Delay(time)) => {
                tokio::time::sleep(time).await;
                self.inner.keep_snapshot(snapshot).await
            }
        }
    }

    async fn list_snapshots(
        &self,
        category: &Category,
        after: Option<&StreamKey>,
        limit: usize,
    ) -> Result<Vec<Snapshot>, StoreError> {
        self.inner.list_snapshots(category, after, limit).await
    }

    async fn drop_snapshots(
        &self,
        category: &Category,
        key: Option<&StreamKey>,
    ) -> Result<u64, StoreError> {
        self.inner.drop_snapshots(category, key).await
    }
}
