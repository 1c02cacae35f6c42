//! A store: all ports of the write side together.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::append::{Append, AppendEvents, AppendOutcome};
use super::error::{AppendError, StoreError};
use super::read_log::{LogPage, LogRead, ReadLog};
use super::read_stream::{ReadStream, StreamPage, StreamRead};
use super::receipts::{Receipts, StoredReceipt};
use super::watch::{LogWatch, WatchLog};
use crate::words::idempotency_key::IdempotencyKey;

/// All that the write side needs from a store. Whatever has the five ports is one.
pub trait EventStore: AppendEvents + ReadStream + ReadLog + WatchLog + Receipts + 'static {}

impl<S: AppendEvents + ReadStream + ReadLog + WatchLog + Receipts + 'static> EventStore for S {}

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
