//! How long the server waits for a user's transaction that says nothing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// As long as the lease that this process asks for: by then another node may have taken over, and wait for the rows that
/// the transaction has locked.
#[derive(Debug)]
pub(crate) struct Patience(AtomicU64);

/// As after the advance: the least that a round trip may take.
const LEAST: u64 = 500;
/// As all other transactions of a session.
const MOST: u64 = 10_000;

impl Default for Patience {
    fn default() -> Self {
        Self(AtomicU64::new(MOST))
    }
}

impl Patience {
    pub(crate) fn follow(&self, lease: Duration) {
        let lease = u64::try_from(lease.as_millis()).unwrap_or(MOST);
        self.0.store(lease.clamp(LEAST, MOST), Ordering::Relaxed);
    }

    pub(crate) fn milliseconds(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
