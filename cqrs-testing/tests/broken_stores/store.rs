//! A store over the naive log.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::receipts::{Receipts, StoredReceipt};
use cqrs_core::ports::snapshots::Snapshot;
use cqrs_core::ports::watch::{LogWatch, WatchLog};
use cqrs_core::words::idempotency_key::IdempotencyKey;
use cqrs_core::words::position::Position;
use tokio::sync::watch;

use crate::defect::Defect;
use crate::log::Log;

/// A handle.
#[derive(Clone)]
pub(crate) struct BrokenStore {
    pub(crate) defect: Defect,
    pub(crate) limits: Limits,
    pub(crate) data: Arc<Data>,
    pub(crate) process: Arc<Process>,
}

/// What is kept.
pub(crate) struct Data {
    log: Mutex<Log>,
    settled: watch::Sender<Position>,
    /// By category and key.
    pub(crate) snapshots: Mutex<BTreeMap<(String, String), Snapshot>>,
    /// Where the log ended when the unrelated transaction began that is open.
    pub(crate) held_at: Mutex<Option<Position>>,
}

/// What one process has.
pub(crate) struct Process {
    pub(crate) lock: tokio::sync::Mutex<()>,
    pub(crate) is_locked: AtomicBool,
    settled: watch::Sender<Position>,
}

impl Process {
    fn new() -> Self {
        Self {
            lock: tokio::sync::Mutex::new(()),
            is_locked: AtomicBool::new(false),
            settled: watch::Sender::new(Position::START),
        }
    }
}

impl BrokenStore {
    pub(crate) fn new(defect: Defect) -> Self {
        let data = Data {
            log: Mutex::new(Log::new(defect)),
            settled: watch::Sender::new(Position::START),
            snapshots: Mutex::default(),
            held_at: Mutex::new(None),
        };
        Self {
            defect,
            limits: Limits::default(),
            data: Arc::new(data),
            process: Arc::new(Process::new()),
        }
    }

    /// The same data, as another process has it.
    pub(crate) fn in_another_process(&self) -> Self {
        Self {
            process: Arc::new(Process::new()),
            ..self.clone()
        }
    }

    pub(crate) fn restarted(&self) -> Self {
        if self.defect == Defect::ForgetsSnapshotsAtRestart {
            self.snapshots().clear();
        }
        if self.defect == Defect::ForgetsReceiptsAtRestart {
            self.log().receipts = HashMap::new();
        }
        self.in_another_process()
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.data.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn held_at(&self) -> MutexGuard<'_, Option<Position>> {
        let held = self.data.held_at.lock();
        held.unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the watches. The caller holds the lock of the log.
    pub(crate) fn settle(&self, end: Position) {
        if self.defect == Defect::ForgetsToWakeReaders && end.get().is_multiple_of(2) {
            return;
        }
        let end = self.held_at().map_or(end, |held| held.min(end));
        for settled in [&self.data.settled, &self.process.settled] {
            settled.send_if_modified(|settled| {
                let moved = end > *settled;
                *settled = end.max(*settled);
                moved
            });
        }
    }
}

impl WatchLog for BrokenStore {
    fn watch(&self) -> LogWatch {
        LogWatch::new(match self.defect {
            Defect::WakesItsOwnProcessOnly => self.process.settled.subscribe(),
            _ => self.data.settled.subscribe(),
        })
    }
}

#[async_trait]
impl Receipts for BrokenStore {
    async fn find_receipt(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<StoredReceipt>, StoreError> {
        Ok(self.log().receipts.get(key).cloned())
    }

    async fn forget_receipts(&self, recorded_before: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut log = self.log();
        let before = log.receipts.len();
        log.receipts
            .retain(|_, receipt| receipt.recorded_at >= recorded_before);
        Ok((before - log.receipts.len()) as u64)
    }
}
