//! A store that says of events to be folded no more than folding needs, as those do that read from a database.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::ports::fold_stream::{Detail, EventToFold, Fold, FoldEnd, StreamFold};
use cqrs_core::ports::read_log::{LogPage, LogRead, ReadLog};
use cqrs_core::ports::read_stream::{ReadStream, StreamPage, StreamRead};
use cqrs_core::ports::receipts::{Receipts, StoredReceipt};
use cqrs_core::ports::snapshots::KeepSnapshots;
use cqrs_core::ports::watch::{LogWatch, WatchLog};
use cqrs_core::words::idempotency_key::IdempotencyKey;
use cqrs_memory::Memory;

#[derive(Clone, Debug, Default)]
pub(crate) struct BareStore {
    memory: Memory,
    asked: Arc<Mutex<Vec<(u64, Detail)>>>,
    /// Bare events come twice each.
    stutters: bool,
}

impl BareStore {
    /// One that hands on each bare event twice.
    pub(crate) fn stuttering() -> Self {
        Self {
            stutters: true,
            ..Self::default()
        }
    }

    /// From which versions, and in which detail, events were asked for since the last call.
    pub(crate) fn asked(&self) -> Vec<(u64, Detail)> {
        std::mem::take(&mut *self.log())
    }

    fn log(&self) -> MutexGuard<'_, Vec<(u64, Detail)>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Bare<'f> {
    fold: &'f mut dyn Fold,
    times: usize,
}

impl Fold for Bare<'_> {
    fn event(&mut self, mut event: EventToFold<'_>) -> ControlFlow<()> {
        event.recorded = None;
        for _ in 0..self.times {
            self.fold.event(event)?;
        }
        ControlFlow::Continue(())
    }
}

#[async_trait]
impl ReadStream for BareStore {
    async fn read_stream(&self, request: StreamRead) -> Result<StreamPage, StoreError> {
        self.memory.read_stream(request).await
    }

    async fn fold_stream(
        &self,
        request: StreamFold,
        fold: &mut dyn Fold,
    ) -> Result<FoldEnd, StoreError> {
        let asked = (request.from.get(), request.detail);
        self.log().push(asked);
        if request.detail == Detail::Whole {
            return self.memory.fold_stream(request, fold).await;
        }
        let times = if self.stutters { 2 } else { 1 };
        let mut bare = Bare { fold, times };
        self.memory.fold_stream(request, &mut bare).await
    }
}

#[async_trait]
impl AppendEvents for BareStore {
    async fn append_batch(&self, batch: Vec<Append>) -> Vec<Result<AppendOutcome, AppendError>> {
        self.memory.append_batch(batch).await
    }
}

#[async_trait]
impl ReadLog for BareStore {
    async fn read_log(&self, request: LogRead) -> Result<LogPage, StoreError> {
        self.memory.read_log(request).await
    }
}

impl WatchLog for BareStore {
    fn watch(&self) -> LogWatch {
        self.memory.watch()
    }
}

#[async_trait]
impl Receipts for BareStore {
    async fn find_receipt(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<StoredReceipt>, StoreError> {
        self.memory.find_receipt(key).await
    }

    async fn forget_receipts(&self, recorded_before: DateTime<Utc>) -> Result<u64, StoreError> {
        self.memory.forget_receipts(recorded_before).await
    }
}

impl KeepSnapshots for BareStore {}
