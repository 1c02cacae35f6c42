//! The read side of a store: all ports of the processors together.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::advance::{Advance, AdvanceError, AdvanceProcessors};
use super::append::{Append, AppendOutcome};
use super::count_log::{CountLog, LogCount};
use super::documents::{DocumentPage, DocumentRead, Documents, ListDocuments, StoredDocument};
use super::error::{AppendError, StoreError};
use super::inline::{AppendInline, ReadModels};
use super::leases::{HoldLeases, Holding, Leases};
use super::parked::{BlockedKey, ListParked, ParkedEvent, ParkedEvents, ParkedRequest};
use super::processors::{
    Declare, DeclareError, GenerationProgress, GenerationRow, Generations, Processors,
};
use super::read_log::LogRead;
use super::staged::{DueCommands, DuePage, ListUnsent, StagedCommand, StagedCommands};
use super::store::EventStore;
use crate::words::document_key::DocumentKey;
use crate::words::event::EventName;
use crate::words::generation::GenerationId;
use crate::words::node::NodeId;
use crate::words::partition::{Partition, PartitionCount};
use crate::words::position::Position;
use crate::words::processor::ProcessorName;
use crate::words::staged::StagedId;
use crate::words::start::StartFrom;

/// All that processors need from a store. Whatever has the ports is one.
pub trait ReadSide:
    EventStore
    + CountLog
    + AppendInline
    + Processors
    + Leases
    + AdvanceProcessors
    + Documents
    + ParkedEvents
    + StagedCommands
{
}

impl<S> ReadSide for S where
    S: EventStore
        + CountLog
        + AppendInline
        + Processors
        + Leases
        + AdvanceProcessors
        + Documents
        + ParkedEvents
        + StagedCommands
{
}

/// A read side without its type, as the runtime holds it: also for programs that choose their store when they start.
pub type SharedReadSide = Arc<dyn ReadSide>;

#[async_trait]
impl<S: CountLog + ?Sized> CountLog for Arc<S> {
    async fn count_log(&self, request: LogRead) -> Result<LogCount, StoreError> {
        (**self).count_log(request).await
    }
}

#[async_trait]
impl<S: AppendInline + ?Sized> AppendInline for Arc<S> {
    async fn append_inline(
        &self,
        append: Append,
        read_models: Arc<dyn ReadModels>,
    ) -> Result<AppendOutcome, AppendError> {
        (**self).append_inline(append, read_models).await
    }

    async fn go_inline(&self, of: &GenerationId, names: &[EventName]) -> Result<bool, StoreError> {
        (**self).go_inline(of, names).await
    }

    async fn end_of_log(&self) -> Result<Position, StoreError> {
        (**self).end_of_log().await
    }
}

#[async_trait]
impl<S: Processors + ?Sized> Processors for Arc<S> {
    async fn declare(&self, declare: Declare) -> Result<Generations, DeclareError> {
        (**self).declare(declare).await
    }

    async fn begin_generation(
        &self,
        processor: &ProcessorName,
        version: u32,
        partitions: PartitionCount,
        start: StartFrom,
    ) -> Result<GenerationRow, StoreError> {
        (**self)
            .begin_generation(processor, version, partitions, start)
            .await
    }

    async fn switch(&self, to: &GenerationId, caught_up_to: Position) -> Result<bool, StoreError> {
        (**self).switch(to, caught_up_to).await
    }

    async fn drop_generation(&self, of: &GenerationId) -> Result<bool, StoreError> {
        (**self).drop_generation(of).await
    }

    async fn progress(
        &self,
        processor: Option<&ProcessorName>,
    ) -> Result<Vec<GenerationProgress>, StoreError> {
        (**self).progress(processor).await
    }
}

#[async_trait]
impl<S: Leases + ?Sized> Leases for Arc<S> {
    async fn hold(&self, request: HoldLeases) -> Result<Vec<Holding>, StoreError> {
        (**self).hold(request).await
    }

    async fn release(
        &self,
        node: &NodeId,
        of: &GenerationId,
        partitions: &[Partition],
    ) -> Result<(), StoreError> {
        (**self).release(node, of, partitions).await
    }

    async fn leave(&self, node: &NodeId) -> Result<(), StoreError> {
        (**self).leave(node).await
    }
}

#[async_trait]
impl<S: AdvanceProcessors + ?Sized> AdvanceProcessors for Arc<S> {
    async fn advance(&self, advance: Advance) -> Result<(), AdvanceError> {
        (**self).advance(advance).await
    }
}

#[async_trait]
impl<S: Documents + ?Sized> Documents for Arc<S> {
    async fn load_documents(
        &self,
        of: &GenerationId,
        keys: &[DocumentKey],
    ) -> Result<Vec<StoredDocument>, StoreError> {
        (**self).load_documents(of, keys).await
    }

    async fn read_document(
        &self,
        of: &GenerationId,
        partition: Partition,
        key: &DocumentKey,
    ) -> Result<DocumentRead, StoreError> {
        (**self).read_document(of, partition, key).await
    }

    async fn list_documents(&self, request: ListDocuments) -> Result<DocumentPage, StoreError> {
        (**self).list_documents(request).await
    }
}

#[async_trait]
impl<S: ParkedEvents + ?Sized> ParkedEvents for Arc<S> {
    async fn blocked_keys(
        &self,
        of: &GenerationId,
        partitions: &[Partition],
    ) -> Result<Vec<BlockedKey>, StoreError> {
        (**self).blocked_keys(of, partitions).await
    }

    async fn list_parked(&self, request: ListParked) -> Result<Vec<ParkedEvent>, StoreError> {
        (**self).list_parked(request).await
    }

    async fn ask(
        &self,
        of: &GenerationId,
        key: Option<&DocumentKey>,
        request: ParkedRequest,
    ) -> Result<u64, StoreError> {
        (**self).ask(of, key, request).await
    }
}

#[async_trait]
impl<S: StagedCommands + ?Sized> StagedCommands for Arc<S> {
    async fn due_commands(&self, request: DueCommands) -> Result<DuePage, StoreError> {
        (**self).due_commands(request).await
    }

    async fn list_unsent(&self, request: ListUnsent) -> Result<Vec<StagedCommand>, StoreError> {
        (**self).list_unsent(request).await
    }

    async fn ask_unsent(
        &self,
        of: &GenerationId,
        id: Option<StagedId>,
        request: ParkedRequest,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        (**self).ask_unsent(of, id, request, now).await
    }
}
