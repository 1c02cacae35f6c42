//! A store in memory whose read side has one mistake, and whose write side has none.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::ports::count_log::{CountLog, LogCount};
use cqrs_core::ports::documents::StoredDocument;
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::ports::processors::{PartitionRow, Processors};
use cqrs_core::ports::read_log::{LogPage, LogRead, ReadLog};
use cqrs_core::ports::read_stream::{ReadStream, StreamPage, StreamRead};
use cqrs_core::ports::receipts::{Receipts, StoredReceipt};
use cqrs_core::ports::snapshots::KeepSnapshots;
use cqrs_core::ports::watch::{LogWatch, WatchLog};
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::filter::Filter;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::idempotency_key::IdempotencyKey;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::Partition;
use cqrs_memory::Memory;

use crate::defect::Defect;

/// Long enough for other tasks to come in between.
pub(crate) const A_MOMENT: Duration = Duration::from_millis(1);

/// What a document was when a process read it first.
type Cache = HashMap<(GenerationId, DocumentKey), Option<StoredDocument>>;

/// A handle.
#[derive(Clone)]
pub(crate) struct BrokenReadSide {
    pub(crate) defect: Defect,
    pub(crate) memory: Memory,
    pub(crate) data: Arc<Data>,
    pub(crate) cache: Arc<Mutex<Cache>>,
}

/// What all handles share beside the memory.
#[derive(Default)]
pub(crate) struct Data {
    pub(crate) is_locked: AtomicBool,
    /// A switch is half done.
    pub(crate) is_switching: AtomicBool,
    pub(crate) owners: Mutex<HashMap<(GenerationId, Partition), NodeId>>,
}

impl BrokenReadSide {
    pub(crate) fn new(defect: Defect, memory: Memory) -> Self {
        Self {
            defect,
            memory,
            data: Arc::default(),
            cache: Arc::default(),
        }
    }

    /// The same data, as another process has it.
    pub(crate) fn in_another_process(&self) -> Self {
        Self {
            cache: Arc::default(),
            ..self.clone()
        }
    }

    /// The partitions of a generation as they are; none when there is no such generation.
    pub(crate) async fn rows(&self, of: &GenerationId) -> Vec<PartitionRow> {
        let all = self.memory.progress(Some(&of.processor)).await;
        let all = all.expect("memory always answers").into_iter();
        let mut own = all.filter(|progress| progress.row.of == *of);
        own.next().map(|own| own.partitions).unwrap_or_default()
    }

    /// Who is known to have held what.
    pub(crate) fn owners(
        &self,
    ) -> std::sync::MutexGuard<'_, HashMap<(GenerationId, Partition), NodeId>> {
        let owners = self.data.owners.lock();
        owners.unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AppendEvents for BrokenReadSide {
    async fn append_batch(&self, batch: Vec<Append>) -> Vec<Result<AppendOutcome, AppendError>> {
        match self.defect {
            Defect::AppendsPastInline => {
                let mut outcomes = Vec::new();
                for append in batch {
                    outcomes.push(self.append_without(append).await);
                }
                outcomes
            }
            Defect::LeavesInlineTooLate => {
                let inline = self.inline().await;
                let outcomes = self.memory.append_batch(batch).await;
                for of in inline {
                    self.push_to_the_end(&of).await;
                }
                outcomes
            }
            Defect::LeavesInlineForNothing => {
                for append in &batch {
                    let mut again = append.clone();
                    for part in &mut again.streams {
                        part.stream = "elsewhere-1".parse().expect("it is a stream");
                        part.expected = cqrs_core::words::version::ExpectedVersion::Any;
                        for event in &mut part.events {
                            event.event_id = cqrs_core::words::event::EventId::new();
                        }
                    }
                    again.streams.truncate(1);
                    let _ = self.memory.append(again).await;
                }
                self.memory.append_batch(batch).await
            }
            Defect::KeepsNoReceiptAlone => {
                let mut outcomes = Vec::new();
                for mut append in batch {
                    if append.streams.is_empty() {
                        // Recorded under a key that nobody looks for.
                        for receipt in &mut append.receipts {
                            let nobodys = format!("nobodys-{}", fastrand::u64(..));
                            receipt.key = nobodys.parse().expect("it is a key");
                        }
                    }
                    outcomes.push(self.memory.append(append).await);
                }
                outcomes
            }
            _ => self.memory.append_batch(batch).await,
        }
    }
}

#[async_trait]
impl ReadStream for BrokenReadSide {
    async fn read_stream(&self, request: StreamRead) -> Result<StreamPage, StoreError> {
        self.memory.read_stream(request).await
    }
}

#[async_trait]
impl ReadLog for BrokenReadSide {
    async fn read_log(&self, request: LogRead) -> Result<LogPage, StoreError> {
        self.memory.read_log(request).await
    }
}

#[async_trait]
impl CountLog for BrokenReadSide {
    async fn count_log(&self, mut request: LogRead) -> Result<LogCount, StoreError> {
        match self.defect {
            Defect::CountsWithoutFilter => request.filter = Filter::all(),
            Defect::CountsBeyondWhatIsAsked => request.limit = usize::MAX,
            Defect::CountsToTheEndOfTheLog => request.through = None,
            _ => {}
        }
        let mut count = self.memory.count_log(request).await?;
        match self.defect {
            Defect::CountsWithoutSayingThatThereAreMore => count.is_last = true,
            Defect::CountsFromNow => count.first_recorded_at = None,
            _ => {}
        }
        Ok(count)
    }
}

impl WatchLog for BrokenReadSide {
    fn watch(&self) -> LogWatch {
        self.memory.watch()
    }
}

#[async_trait]
impl Receipts for BrokenReadSide {
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

impl KeepSnapshots for BrokenReadSide {}
