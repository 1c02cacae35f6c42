//! A store: all ports of the write side together.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

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

#[async_trait]
impl<S: AppendEvents + ?Sized> AppendEvents for Arc<S> {
    async fn append_batch(&self, batch: Vec<Append>) -> Vec<Result<AppendOutcome, AppendError>> {
        (**self).append_batch(batch).await
    }

    async fn append(&self, append: Append) -> Result<AppendOutcome, AppendError> {
        (**self).append(append).await
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
