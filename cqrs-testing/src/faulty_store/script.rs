//! Which faults come next.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::fault::{AppendFault, ReadFault, SnapshotFault, SnapshotWriteFault};

/// The faults that are still to come, for each kind of call.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) appends: Faults<AppendFault>,
    pub(super) reads: Faults<ReadFault>,
    pub(super) snapshots: Faults<SnapshotFault>,
    pub(super) snapshot_writes: Faults<SnapshotWriteFault>,
}

/// Faults in the order in which they come, one for each call.
#[derive(Debug)]
pub(super) struct Faults<F> {
    next: Mutex<VecDeque<F>>,
    asked: AtomicUsize,
}

impl<F> Default for Faults<F> {
    fn default() -> Self {
        Self {
            next: Mutex::default(),
            asked: AtomicUsize::new(0),
        }
    }
}

impl<F: Clone> Faults<F> {
    pub(super) fn add(&self, count: usize, fault: F) {
        self.next().extend(std::iter::repeat_n(fault, count));
    }

    /// The fault of the call that comes now.
    pub(super) fn take(&self) -> Option<F> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.next().pop_front()
    }

    pub(super) fn len(&self) -> usize {
        self.next().len()
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    fn next(&self) -> MutexGuard<'_, VecDeque<F>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
