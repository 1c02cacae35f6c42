//! Snapshots: S1.

use std::ops::Bound;

use async_trait::async_trait;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::snapshots::{KeepSnapshots, Snapshot};
use cqrs_core::words::stream::{Category, StreamId, StreamKey};
use cqrs_core::words::version::StreamVersion;

use super::Memory;

#[async_trait]
impl KeepSnapshots for Memory {
    fn keeps_snapshots(&self) -> bool {
        true
    }

    async fn find_snapshot(
        &self,
        stream: &StreamId,
        through: StreamVersion,
    ) -> Result<Option<Snapshot>, StoreError> {
        let snapshots = self.snapshots();
        let found = snapshots
            .get(stream.category())
            .and_then(|of| of.get(stream.key()));
        Ok(found
            .filter(|snapshot| snapshot.version <= through)
            .cloned())
    }

    async fn keep_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        let mut snapshots = self.snapshots();
        let category = snapshot.stream.category().clone();
        let of = snapshots.entry(category).or_default();
        let is_older = of.get(snapshot.stream.key()).is_some_and(|kept| {
            kept.fingerprint == snapshot.fingerprint && kept.version > snapshot.version
        });
        if !is_older {
            of.insert(snapshot.stream.key().clone(), snapshot);
        }
        Ok(())
    }

    async fn list_snapshots(
        &self,
        category: &Category,
        after: Option<&StreamKey>,
        limit: usize,
    ) -> Result<Vec<Snapshot>, StoreError> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let snapshots = self.snapshots();
        let of = snapshots.get(category).into_iter();
        let range = of.flat_map(|of| of.range((after, Bound::Unbounded)));
        Ok(range.take(limit).map(|(_, kept)| kept.clone()).collect())
    }

    async fn drop_snapshots(
        &self,
        category: &Category,
        key: Option<&StreamKey>,
    ) -> Result<u64, StoreError> {
        let mut snapshots = self.snapshots();
        let Some(key) = key else {
            return Ok(snapshots.remove(category).map_or(0, |of| of.len() as u64));
        };
        let dropped = snapshots.get_mut(category).and_then(|of| of.remove(key));
        Ok(u64::from(dropped.is_some()))
    }
}
