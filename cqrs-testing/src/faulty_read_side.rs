//! A read side whose steps fail when a test wants them to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_core::ports::advance::{Advance, AdvanceError, AdvanceProcessors};
use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::ports::count_log::{CountLog, LogCount};
use cqrs_core::ports::documents::{
    DocumentPage, DocumentRead, Documents, ListDocuments, StoredDocument,
};
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::ports::fold_stream::{Detail, Fold, FoldEnd, StreamFold};
use cqrs_core::ports::inline::{AppendInline, ReadModels};
use cqrs_core::ports::leases::{HoldLeases, Holding, Leases};
use cqrs_core::ports::parked::{BlockedKey, ListParked, ParkedEvent, ParkedEvents, ParkedRequest};
use cqrs_core::ports::processors::{
    Declare, DeclareError, GenerationProgress, GenerationRow, Generations, Processors,
};
use cqrs_core::ports::read_log::{LogPage, LogRead, ReadLog};
use cqrs_core::ports::read_side::{ReadSide, SharedReadSide};
use cqrs_core::ports::read_stream::{ReadStream, StreamPage, StreamRead};
use cqrs_core::ports::receipts::{Receipts, StoredReceipt};
use cqrs_core::ports::snapshots::{KeepSnapshots, Snapshot, SnapshotPage, SnapshotRead};
use cqrs_core::ports::staged::{DueCommands, DuePage, ListUnsent, StagedCommand, StagedCommands};
use cqrs_core::ports::watch::{LogWatch, WatchLog};
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::event::EventName;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::idempotency_key::IdempotencyKey;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::{Partition, PartitionCount};
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::staged::StagedId;
use cqrs_core::words::start::StartFrom;
use cqrs_core::words::stream::{Category, StreamId, StreamKey};
use cqrs_core::words::version::StreamVersion;

/// How a step fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdvanceFault {
    /// Nothing is done, and the store can't be reached.
    Unavailable,
    /// Nothing is done, for a passing reason.
    Retryable,
    /// The step is recorded, and its reply is lost.
    LoseReply,
    /// Nothing is done, and doing it again will not help.
    Refuse,
}

type Decide = Box<dyn FnMut(&Advance) -> Option<AdvanceFault> + Send>;

/// Wraps the read side of a store, and fails at those steps at which a test wants it to. Clones share what the test wants.
#[derive(Clone)]
pub struct FaultyReadSide {
    inner: SharedReadSide,
    decide: Arc<Mutex<Decide>>,
    faults: Arc<AtomicUsize>,
    loaded: Arc<AtomicUsize>,
}

impl FaultyReadSide {
    /// Wraps a read side, without faults.
    #[must_use]
    pub fn new(store: impl ReadSide) -> Self {
        Self::over(Arc::new(store))
    }

    /// Wraps a read side whose type is not known, without faults.
    #[must_use]
    pub fn over(inner: SharedReadSide) -> Self {
        Self {
            inner,
            decide: Arc::new(Mutex::new(Box::new(|_| None))),
            faults: Arc::default(),
            loaded: Arc::default(),
        }
    }

    /// Asks this at each step from now on.
    pub fn fail_steps(
        &self,
        decide: impl FnMut(&Advance) -> Option<AdvanceFault> + Send + 'static,
    ) {
        *self.decide.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(decide);
    }

    /// How many steps have failed.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.faults.load(Ordering::Relaxed)
    }

    /// How many documents processors have asked for before they handled events. What a node has written itself it knows without
    /// asking, as long as it holds the partition.
    #[must_use]
    pub fn loaded(&self) -> usize {
        self.loaded.load(Ordering::Relaxed)
    }

    fn fault(&self, advance: &Advance) -> Option<AdvanceFault> {
        let fault = self.decide.lock().unwrap_or_else(PoisonError::into_inner)(advance);
        self.faults
            .fetch_add(usize::from(fault.is_some()), Ordering::Relaxed);
        fault
    }
}

impl std::fmt::Debug for FaultyReadSide {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FaultyReadSide")
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl AdvanceProcessors for FaultyReadSide {
    async fn advance(&self, advance: Advance) -> Result<(), AdvanceError> {
        const WANTED: &str = "the test wanted the step to fail here";
        match self.fault(&advance) {
            None => self.inner.advance(advance).await,
            Some(AdvanceFault::Unavailable) => Err(StoreError::Unavailable(WANTED.into()).into()),
            Some(AdvanceFault::Retryable) => Err(StoreError::Retryable(WANTED.into()).into()),
            Some(AdvanceFault::LoseReply) => {
                self.inner.advance(advance).await?;
                Err(StoreError::Unavailable(WANTED.into()).into())
            }
            Some(AdvanceFault::Refuse) => Err(StoreError::other(WANTED).into()),
        }
    }
}

#[async_trait]
impl Processors for FaultyReadSide {
    async fn declare(&self, declare: Declare) -> Result<Generations, DeclareError> {
        self.inner.declare(declare).await
    }

    async fn begin_generation(
        &self,
        processor: &ProcessorName,
        version: u32,
        partitions: PartitionCount,
        start: StartFrom,
    ) -> Result<GenerationRow, StoreError> {
        self.inner
            .begin_generation(processor, version, partitions, start)
            .await
    }

    async fn switch(&self, to: &GenerationId, caught_up_to: Position) -> Result<bool, StoreError> {
        self.inner.switch(to, caught_up_to).await
    }

    async fn drop_generation(&self, of: &GenerationId) -> Result<bool, StoreError> {
        self.inner.drop_generation(of).await
    }

    async fn progress(
        &self,
        processor: Option<&ProcessorName>,
    ) -> Result<Vec<GenerationProgress>, StoreError> {
        self.inner.progress(processor).await
    }
}

#[async_trait]
impl Leases for FaultyReadSide {
    async fn hold(&self, request: HoldLeases) -> Result<Vec<Holding>, StoreError> {
        self.inner.hold(request).await
    }

    async fn release(
        &self,
        node: &NodeId,
        of: &GenerationId,
        partitions: &[Partition],
    ) -> Result<(), StoreError> {
        self.inner.release(node, of, partitions).await
    }

    async fn leave(&self, node: &NodeId) -> Result<(), StoreError> {
        self.inner.leave(node).await
    }
}

#[async_trait]
impl Documents for FaultyReadSide {
    async fn load_documents(
        &self,
        of: &GenerationId,
        keys: &[DocumentKey],
    ) -> Result<Vec<StoredDocument>, StoreError> {
        self.loaded.fetch_add(keys.len(), Ordering::Relaxed);
        self.inner.load_documents(of, keys).await
    }

    async fn read_document(
        &self,
        of: &GenerationId,
        partition: Partition,
        key: &DocumentKey,
    ) -> Result<DocumentRead, StoreError> {
        self.inner.read_document(of, partition, key).await
    }

    async fn list_documents(&self, request: ListDocuments) -> Result<DocumentPage, StoreError> {
        self.inner.list_documents(request).await
    }
}

#[async_trait]
impl ParkedEvents for FaultyReadSide {
    async fn blocked_keys(
        &self,
        of: &GenerationId,
        partitions: &[Partition],
    ) -> Result<Vec<BlockedKey>, StoreError> {
        self.inner.blocked_keys(of, partitions).await
    }

    async fn list_parked(&self, request: ListParked) -> Result<Vec<ParkedEvent>, StoreError> {
        self.inner.list_parked(request).await
    }

    async fn ask(
        &self,
        of: &GenerationId,
        key: Option<&DocumentKey>,
        request: ParkedRequest,
    ) -> Result<u64, StoreError> {
        self.inner.ask(of, key, request).await
    }
}

#[async_trait]
impl StagedCommands for FaultyReadSide {
    async fn due_commands(&self, request: DueCommands) -> Result<DuePage, StoreError> {
        self.inner.due_commands(request).await
    }

    async fn list_unsent(&self, request: ListUnsent) -> Result<Vec<StagedCommand>, StoreError> {
        self.inner.list_unsent(request).await
    }

    async fn ask_unsent(
        &self,
        of: &GenerationId,
        id: Option<StagedId>,
        request: ParkedRequest,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        self.inner.ask_unsent(of, id, request, now).await
    }
}

#[async_trait]
impl AppendEvents for FaultyReadSide {
    async fn append_batch(&self, batch: Vec<Append>) -> Vec<Result<AppendOutcome, AppendError>> {
        self.inner.append_batch(batch).await
    }
}

#[async_trait]
impl AppendInline for FaultyReadSide {
    async fn append_inline(
        &self,
        append: Append,
        read_models: Arc<dyn ReadModels>,
    ) -> Result<AppendOutcome, AppendError> {
        self.inner.append_inline(append, read_models).await
    }

    async fn go_inline(&self, of: &GenerationId, names: &[EventName]) -> Result<bool, StoreError> {
        self.inner.go_inline(of, names).await
    }

    async fn end_of_log(&self) -> Result<Position, StoreError> {
        self.inner.end_of_log().await
    }
}

#[async_trait]
impl ReadStream for FaultyReadSide {
    async fn read_stream(&self, request: StreamRead) -> Result<StreamPage, StoreError> {
        self.inner.read_stream(request).await
    }

    async fn fold_stream(
        &self,
        request: StreamFold,
        fold: &mut dyn Fold,
    ) -> Result<FoldEnd, StoreError> {
        self.inner.fold_stream(request, fold).await
    }
}

#[async_trait]
impl ReadLog for FaultyReadSide {
    async fn read_log(&self, request: LogRead) -> Result<LogPage, StoreError> {
        self.inner.read_log(request).await
    }
}

#[async_trait]
impl CountLog for FaultyReadSide {
    async fn count_log(&self, request: LogRead) -> Result<LogCount, StoreError> {
        self.inner.count_log(request).await
    }
}

impl WatchLog for FaultyReadSide {
    fn watch(&self) -> LogWatch {
        self.inner.watch()
    }
}

#[async_trait]
impl Receipts for FaultyReadSide {
    async fn find_receipt(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<StoredReceipt>, StoreError> {
        self.inner.find_receipt(key).await
    }

    async fn forget_receipts(&self, recorded_before: DateTime<Utc>) -> Result<u64, StoreError> {
        self.inner.forget_receipts(recorded_before).await
    }
}

#[async_trait]
impl KeepSnapshots for FaultyReadSide {
    fn keeps_snapshots(&self) -> bool {
        self.inner.keeps_snapshots()
    }

    async fn find_snapshot(
        &self,
        stream: &StreamId,
        through: StreamVersion,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.inner.find_snapshot(stream, through).await
    }

    async fn read_from_snapshot(&self, request: SnapshotRead) -> Result<SnapshotPage, StoreError> {
        self.inner.read_from_snapshot(request).await
    }

    async fn fold_from_snapshot(
        &self,
        request: SnapshotRead,
        detail: Detail,
        fold: &mut dyn Fold,
    ) -> Result<FoldEnd, StoreError> {
        self.inner.fold_from_snapshot(request, detail, fold).await
    }

    async fn keep_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        self.inner.keep_snapshot(snapshot).await
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
