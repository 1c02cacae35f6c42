//! Snapshots of the naive store.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use async_trait::async_trait;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::fold_stream::{Detail, Fold, FoldEnd, StreamFold};
use cqrs_core::ports::read_stream::{ReadStream, StreamRead};
use cqrs_core::ports::snapshots::{
    FoundSnapshot, KeepSnapshots, Snapshot, SnapshotPage, SnapshotRead,
};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::stream::{Category, StreamId, StreamKey};
use cqrs_core::words::version::StreamVersion;

use crate::defect::Defect;
use crate::store::BrokenStore;

impl BrokenStore {
    pub(crate) fn snapshots(&self) -> MutexGuard<'_, BTreeMap<(String, String), Snapshot>> {
        let snapshots = self.data.snapshots.lock();
        snapshots.unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the snapshot of a stream is.
    fn place(&self, stream: &StreamId) -> (String, String) {
        let category = match self.defect {
            Defect::KeepsSnapshotsByKeyOnly => String::new(),
            _ => stream.category().to_string(),
        };
        (category, stream.key().to_string())
    }
}

#[async_trait]
impl KeepSnapshots for BrokenStore {
    fn keeps_snapshots(&self) -> bool {
        true
    }

    async fn find_snapshot(
        &self,
        stream: &StreamId,
        through: StreamVersion,
    ) -> Result<Option<Snapshot>, StoreError> {
        let found = self.snapshots().get(&self.place(stream)).cloned();
        let found = found.filter(|snapshot| {
            self.defect == Defect::FindsLaterSnapshots || snapshot.version <= through
        });
        Ok(found)
    }

    async fn read_from_snapshot(&self, request: SnapshotRead) -> Result<SnapshotPage, StoreError> {
        let snapshot = self.find_snapshot(&request.stream, request.through).await?;
        let from = request.begins_with(snapshot.as_ref());
        let from = match self.defect {
            Defect::ReadsAfterTheSnapshot if snapshot.is_some() => from.after(1),
            Defect::ReadsFromSnapshotsOfOtherCode => {
                snapshot.as_ref().map_or(from, |snapshot| snapshot.version)
            }
            _ => from,
        };
        let read = StreamRead::forward(request.stream)
            .from(from)
            .limit(request.limit);
        let page = self.read_stream(read).await?;
        Ok(SnapshotPage { snapshot, page })
    }

    async fn fold_from_snapshot(
        &self,
        request: SnapshotRead,
        detail: Detail,
        fold: &mut dyn Fold,
    ) -> Result<FoldEnd, StoreError> {
        let mut page = self.read_from_snapshot(request.clone()).await?;
        let Some(snapshot) = page.snapshot.clone() else {
            return Ok(page.fold(&request, fold));
        };
        match self.defect {
            Defect::FoldsTheEventOfTheSnapshot => {
                let event = page.page.events.first();
                let event = event.map(|event| (event.event_id, event.position));
                let _ = fold.begin(FoundSnapshot { snapshot, event });
                Ok(page.page.fold(request.through, fold))
            }
            Defect::FoldsFromSnapshotsOfOtherCode => {
                page.page
                    .events
                    .retain(|event| event.version > snapshot.version);
                Ok(page.fold(&request, fold))
            }
            Defect::BelievesSnapshots => {
                let event = Some((snapshot.event_id, snapshot.position));
                let rest = StreamFold {
                    from: snapshot.version.after(1),
                    through: request.through,
                    detail,
                    limit: request.limit,
                    ..StreamFold::of(request.stream)
                };
                let _ = fold.begin(FoundSnapshot { snapshot, event });
                self.fold_stream(rest, fold).await
            }
            _ => Ok(page.fold(&request, fold)),
        }
    }

    async fn keep_snapshot(&self, mut snapshot: Snapshot) -> Result<(), StoreError> {
        if self.defect == Defect::RewritesStates
            && let Ok(value) = snapshot.state.decode::<serde_json::Value>()
            && let Ok(state) = Payload::encode(&value)
        {
            snapshot.state = state;
        }
        let (place, mut snapshots) = (self.place(&snapshot.stream), self.snapshots());
        let is_older = snapshots.get(&place).is_some_and(|kept| {
            kept.version > snapshot.version
                && (kept.fingerprint == snapshot.fingerprint
                    || self.defect == Defect::KeepsLaterSnapshotsOfOtherCode)
        });
        if !is_older || self.defect == Defect::ReplacesLaterSnapshots {
            snapshots.insert(place, snapshot);
        }
        Ok(())
    }

    async fn list_snapshots(
        &self,
        category: &Category,
        after: Option<&StreamKey>,
        limit: usize,
    ) -> Result<Vec<Snapshot>, StoreError> {
        let limit = match self.defect {
            Defect::LosesTheLastOfAPage => limit.saturating_sub(1),
            _ => limit,
        };
        let snapshots = self.snapshots();
        let of = snapshots
            .values()
            .filter(|one| one.stream.category() == category);
        let behind = of.filter(|one| after.is_none_or(|after| one.stream.key() > after));
        Ok(behind.take(limit).cloned().collect())
    }

    async fn drop_snapshots(
        &self,
        category: &Category,
        key: Option<&StreamKey>,
    ) -> Result<u64, StoreError> {
        let mut snapshots = self.snapshots();
        let before = snapshots.len();
        let drops_all = self.defect == Defect::DropsSnapshotsOfAllCategories;
        snapshots.retain(|_, one| {
            let is_meant = key.is_none_or(|key| one.stream.key() == key);
            !(is_meant && (drops_all || one.stream.category() == category))
        });
        Ok((before - snapshots.len()) as u64)
    }
}
