//! A store that counts what it is asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::ports::read_log::{LogPage, LogRead, ReadLog};
use cqrs_core::ports::read_stream::{ReadStream, StreamPage, StreamRead};
use cqrs_core::ports::receipts::{Receipts, StoredReceipt};
use cqrs_core::ports::snapshots::KeepSnapshots;
use cqrs_core::ports::watch::{LogWatch, WatchLog};
use cqrs_core::words::idempotency_key::IdempotencyKey;
use cqrs_memory::Memory;

#[derive(Clone, Debug, Default)]
pub(crate) struct CountingStore {
    memory: Memory,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    appends: AtomicU32,
    reads: AtomicU32,
    receipts: AtomicU32,
}

impl CountingStore {
    /// How many appends, stream reads and receipt look-ups there were since the last call.
    pub(crate) fn asked(&self) -> (u32, u32, u32) {
        let Counts {
            appends,
            reads,
            receipts,
        } = &*self.counts;
        let taken = |count: &AtomicU32| count.swap(0, Ordering::SeqCst);
        (taken(appends), taken(reads), taken(receipts))
    }
}

#[async_trait]
impl AppendEvents for CountingStore {
    async fn append_batch(&self, batch: Vec<Append>) -> Vec<Result<AppendOutcome, AppendError>> {
        self.counts.appends.fetch_add(1, Ordering::SeqCst);
        self.memory.append_batch(batch).await
    }
}

#[async_trait]
impl ReadStream for CountingStore {
    async fn read_stream(&self, request: StreamRead) -> Result<StreamPage, StoreError> {
        self.counts.reads.fetch_add(1, Ordering::SeqCst);
        self.memory.read_stream(request).await
    }
}

#[async_trait]
impl ReadLog for CountingStore {
    async fn read_log(&self, request: LogRead) -> Result<LogPage, StoreError> {
        self.memory.read_log(request).await
    }
}

impl WatchLog for CountingStore {
    fn watch(&self) -> LogWatch {
        self.memory.watch()
    }
}

#[async_trait]
impl Receipts for CountingStore {
    async fn find_receipt(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<StoredReceipt>, StoreError> {
        self.counts.receipts.fetch_add(1, Ordering::SeqCst);
        self.memory.find_receipt(key).await
    }

    async fn forget_receipts(&self, recorded_before: DateTime<Utc>) -> Result<u64, StoreError> {
        self.memory.forget_receipts(recorded_before).await
    }
}

impl KeepSnapshots for CountingStore {}
