//! Who may record: everybody, or one alone.

use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Memory;
use crate::log::Log;

/// An append that asks its read models, and what changes which there are, has the log alone: nothing is recorded while they
/// write, though the log is not locked. All others look whether somebody has it, once they have locked it.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// In the order of arrival. Locked before the log.
    turns: tokio::sync::Mutex<()>,
    is_closed: AtomicBool,
}

/// The log belongs to whoever holds this, until it is dropped.
#[derive(Debug)]
pub(super) struct Alone<'a> {
    is_closed: &'a AtomicBool,
    _turn: tokio::sync::MutexGuard<'a, ()>,
}

impl Memory {
    /// Waits until nobody else has the log, and keeps it.
    pub(super) async fn alone(&self) -> Alone<'_> {
        let gate = &self.shared.gate;
        let turn = gate.turns.lock().await;
        gate.is_closed.store(true, Ordering::Release);
        // Whoever has not seen it has locked the log: what is recorded by now was recorded before.
        drop(self.log());
        Alone {
            is_closed: &gate.is_closed,
            _turn: turn,
        }
    }

    /// Calls `record` with the log, once nobody has it alone.
    pub(super) async fn recording<T>(&self, record: impl FnOnce(MutexGuard<'_, Log>) -> T) -> T {
        let gate = &self.shared.gate;
        {
            let log = self.log();
            if !gate.is_closed.load(Ordering::Acquire) {
                return record(log);
            }
        }
        let _turn = gate.turns.lock().await;
        record(self.log())
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.is_closed.store(false, Ordering::Release);
    }
}
