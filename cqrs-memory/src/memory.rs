//! The handle: what is behind it, and how it is locked.

mod advance;
mod append;
mod documents;
mod gate;
mod import;
mod inline;
mod leases;
mod parked;
mod processors;
mod read;
mod receipts;
mod snapshots;
mod staged;
mod transactions;
mod watch;

pub use transactions::MemoryTransaction;
pub(crate) use transactions::Rows;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::snapshots::Snapshot;
use cqrs_core::words::clock::{Clock, System, whole_microseconds};
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::{Category, StreamKey};

use crate::log::Log;
use crate::processors::Processors;
use gate::Gate;

/// A store in memory. Clones are handles on the same events, which are gone when the last handle is.
#[derive(Clone)]
pub struct Memory {
    shared: Arc<Shared>,
    limits: Limits,
    clock: Arc<dyn Clock>,
}

/// The snapshots by category, and there by key in the order of its bytes.
type Snapshots = BTreeMap<Category, BTreeMap<StreamKey, Snapshot>>;

/// What all handles share.
struct Shared {
    /// Never held across an await.
    log: Mutex<Log>,
    /// Never held across an await. Locked after the log, where both are.
    processors: Mutex<Processors>,
    /// Never held across an await, nor with another lock.
    snapshots: Mutex<Snapshots>,
    /// Nothing is recorded while somebody has the log alone.
    gate: Gate,
    /// Up to where the log can be read. It moves while the log is locked, and so never backward.
    settled: tokio::sync::watch::Sender<Position>,
}

impl Memory {
    /// An empty store with the default limits and the machine's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    /// An empty store with these limits.
    #[must_use]
    pub fn with_limits(limits: Limits) -> Self {
        let shared = Shared {
            log: Mutex::default(),
            processors: Mutex::default(),
            snapshots: Mutex::default(),
            gate: Gate::default(),
            settled: tokio::sync::watch::Sender::new(Position::START),
        };
        Self {
            shared: Arc::new(shared),
            limits,
            clock: Arc::new(System),
        }
    }

    /// The same store through a handle that takes `recorded_at` from this clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Another handle on the same events, as a program has after a restart: with the default limits and the machine's
    /// clock.
    #[must_use]
    pub fn reopen(&self) -> Self {
        self.reopen_with_limits(Limits::default())
    }

    /// Another handle on the same events, with limits of its own.
    #[must_use]
    pub fn reopen_with_limits(&self, limits: Limits) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            limits,
            clock: Arc::new(System),
        }
    }

    /// A panic elsewhere can't have left the log half written: nothing that writes to it panics.
    fn log(&self) -> MutexGuard<'_, Log> {
        self.shared
            .log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A panic elsewhere can't have left the processors half written, for the same reason.
    fn processors(&self) -> MutexGuard<'_, Processors> {
        self.shared
            .processors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A panic elsewhere can't have left the snapshots half written, for the same reason.
    fn snapshots(&self) -> MutexGuard<'_, Snapshots> {
        self.shared
            .snapshots
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// In whole microseconds, which is what databases keep.
    fn now(&self) -> DateTime<Utc> {
        whole_microseconds(self.clock.now())
    }

    /// A page that is asked to be longer than the limit is cut, and one of no events has one: a reader always comes on.
    fn page(&self, asked: usize) -> usize {
        asked.min(self.limits.events_per_page).max(1)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Memory")
            .field("end", &self.log().end())
            .field("limits", &self.limits)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
