//! A store: all ports of the write side together.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::append::{Append, AppendEvents, AppendOutcome};
use super::error::{AppendError, StoreError};
use super::fold_stream::{Detail, Fold, FoldEnd, StreamFold};
use super::read_log::{LogPage, LogRead, ReadLog};
use super::read_stream::{ReadStream, StreamPage, StreamRead};
use super::receipts::{Receipts, StoredReceipt};
use super::snapshots::{KeepSnapshots, Snapshot, SnapshotPage, SnapshotRead};
use super::watch::{LogWatch, WatchLog};
use crate::words::idempotency_key::IdempotencyKey;
use crate::words::stream::{Category, StreamId, StreamKey};
use crate::words::version::StreamVersion;

/// All that the write side needs from a store. Whatever has the six ports is one.
pub trait EventStore:
    AppendEvents + ReadStream + ReadLog + WatchLog + Receipts + KeepSnapshots + 'static
{
}

impl<S> EventStore for S where
    S: AppendEvents + ReadStream + ReadLog + WatchLog + Receipts + KeepSnapshots + 'static
{
}

/// A store without its type, as the runtime holds it.
pub type SharedStore = Arc<dyn EventStore>;

/// As `async_trait` writes it, but with the store's own future and no other around it.
impl<S: AppendEvents + ?Sized> AppendEvents for Arc<S> {
    fn append_batch<'s, 'f>(
        &'s self,
        batch: Vec<Append>,
    ) -> BoxFuture<'f, Vec<Result<AppendOutcome, AppendError>>>
    where
        's: 'f,
        Self: 'f,
    {
        (**self).append_batch(batch)
    }

    fn append<'s, 'f>(&'s self, append: Append) -> BoxFuture<'f, Result<AppendOutcome, AppendError>>
    where
        's: 'f,
        Self: 'f,
    {
        (**self).append(append)
    }

    fn append_kept<'s, 'a, 'f>(
        &'s self,
        append: &'a Append,
    ) -> BoxFuture<'f, Result<AppendOutcome, AppendError>>
    where
        's: 'f,
        'a: 'f,
        Self: 'f,
    {
        (**self).append_kept(append)
    }
}

#[async_trait]
impl<S: ReadStream + ?Sized> ReadStream for Arc<S> {
    async fn read_stream(&self, request: StreamRead) -> Result<StreamPage, StoreError> {
        (**self).read_stream(request).await
    }

    async fn fold_stream(
        &self,
        request: StreamFold,
        fold: &mut dyn Fold,
    ) -> Result<FoldEnd, StoreError> {
        (**self).fold_stream(request, fold).await
    }
}

#[async_trait]
impl<S: ReadLog + ?Sized> ReadLog for Arc<S> {
    async fn read_log(&self, request: LogRead) -> Result<LogPage, StoreError> {
        (**self).read_log(request).await
    }
}

impl<S: WatchLog + ?Sized> WatchLog for Arc<S> {
    fn watch(&self) -> LogWatch {
        (**self).watch()
    }
}

#[async_trait]
impl<S: Receipts + ?Sized> Receipts for Arc<S> {
    async fn find_receipt(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<StoredReceipt>, StoreError> {
        (**self).find_receipt(key).await
    }

    async fn forget_receipts(&self, recorded_before: DateTime<Utc>) -> Result<u64, StoreError> {
        (**self).forget_receipts(recorded_before).await
    }
}

#[async_trait]
impl<S: KeepSnapshots + ?Sized> KeepSnapshots for Arc<S> {
    fn keeps_snapshots(&self) -> bool {
        (**self).keeps_snapshots()
    }

    async fn find_snapshot(
        &self,
        stream: &StreamId,
        through: StreamVersion,
    ) -> Result<Option<Snapshot>, StoreError> {
        (**self).find_snapshot(stream, through).await
    }

    async fn read_from_snapshot(&self, request: SnapshotRead) -> Result<SnapshotPage, StoreError> {
        (**self).read_from_snapshot(request).await
    }

    async fn fold_from_snapshot(
        &self,
        request: SnapshotRead,
        detail: Detail,
        fold: &mut dyn Fold,
    ) -> Result<FoldEnd, StoreError> {
        (**self).fold_from_snapshot(request, detail, fold).await
    }

    async fn keep_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        (**self).keep_snapshot(snapshot).await
    }

    async fn list_snapshots(
        &self,
        category: &Category,
        after: Option<&StreamKey>,
        limit: usize,
    ) -> Result<Vec<Snapshot>, StoreError> {
        (**self).list_snapshots(category, after, limit).await
    }

    async fn drop_snapshots(
        &self,
        category: &Category,
        key: Option<&StreamKey>,
    ) -> Result<u64, StoreError> {
        (**self).drop_snapshots(category, key).await
    }
}
