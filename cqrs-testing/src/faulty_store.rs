//! A store that fails when a test wants it to.

mod append;
mod fault;
mod read;
mod script;
mod snapshots;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::receipts::{Receipts, StoredReceipt};
use cqrs_core::ports::store::{EventStore, SharedStore};
use cqrs_core::ports::watch::{LogWatch, WatchLog};
use cqrs_core::words::idempotency_key::IdempotencyKey;

pub use fault::{AppendFault, ReadFault, SnapshotFault, SnapshotWriteFault};
use script::Script;

/// Wraps a store and fails as a test has scripted it. Without faults it is the store that it wraps.
///
/// Clones share the script: give one to the application and keep one in the test.
///
/// # Examples
///
/// ```
/// use cqrs_testing::faulty_store::{AppendFault, FaultyStore};
/// # use cqrs_core::ports::append::{Append, AppendEvents};
/// # use cqrs_core::ports::error::AppendError;
/// # use cqrs_core::words::{event::{EventName, NewEvent}, payload::Payload, version::ExpectedVersion};
/// # use cqrs_memory::Memory;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let event = NewEvent::new(EventName::from_static("account.opened"), Payload::from_json("{}")?);
/// # let append = Append::to("account-7".parse()?, ExpectedVersion::NoStream, vec![event]);
/// let store = FaultyStore::new(Memory::new());
/// store.next_append(AppendFault::LoseReply);
///
/// let lost = store.append(append.clone()).await;
/// assert!(matches!(lost, Err(AppendError::Store(error)) if error.is_transient()));
/// store.append(append).await?; // recorded before: the same append again is safe
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct FaultyStore {
    inner: SharedStore,
    script: Arc<Script>,
}

impl FaultyStore {
    /// Wraps a store, without faults.
    #[must_use]
    pub fn new(store: impl EventStore) -> Self {
        Self::over(Arc::new(store))
    }

    /// Wraps a store that is shared already.
    #[must_use]
    pub fn over(store: SharedStore) -> Self {
        Self {
            inner: store,
            script: Arc::default(),
        }
    }

    /// The next append that has no fault yet fails like this. A batch is one append.
    pub fn next_append(&self, fault: AppendFault) {
        self.next_appends(1, fault);
    }

    /// The next so many appends that have no fault yet fail like this.
    pub fn next_appends(&self, count: usize, fault: AppendFault) {
        self.script.appends.add(count, fault);
    }

    /// The next read of a stream or of the log that has no fault yet fails like this.
    pub fn next_read(&self, fault: ReadFault) {
        self.next_reads(1, fault);
    }

    /// The next so many reads of streams or of the log that have no fault yet fail like this.
    pub fn next_reads(&self, count: usize, fault: ReadFault) {
        self.script.reads.add(count, fault);
    }

    /// The next snapshot that is found and has no fault yet is like this. A look that finds none has no fault.
    pub fn next_snapshot(&self, fault: SnapshotFault) {
        self.script.snapshots.add(1, fault);
    }

    /// The next snapshot that is to be kept and has no fault yet is not kept like this.
    pub fn next_snapshot_write(&self, fault: SnapshotWriteFault) {
        self.script.snapshot_writes.add(1, fault);
    }

    /// How many scripted faults have not happened yet. A test ends with 0, or tests less than it says.
    #[must_use]
    pub fn faults_left(&self) -> usize {
        let script = &self.script;
        let snapshots = script.snapshots.len() + script.snapshot_writes.len();
        script.appends.len() + script.reads.len() + snapshots
    }

    /// How many times the store was asked to append, faults included. A batch counts once.
    #[must_use]
    pub fn appends(&self) -> usize {
        self.script.appends.asked()
    }

    /// How many times the store was asked for a page of a stream or of the log, faults included.
    #[must_use]
    pub fn reads(&self) -> usize {
        self.script.reads.asked()
    }
}

impl std::fmt::Debug for FaultyStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FaultyStore")
            .field("script", &self.script)
            .finish_non_exhaustive()
    }
}

impl WatchLog for FaultyStore {
    fn watch(&self) -> LogWatch {
        self.inner.watch()
    }
}

#[async_trait]
impl Receipts for FaultyStore {
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
