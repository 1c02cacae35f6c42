//! When each event was acknowledged, and when its handler got it.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::latency::{Latency, Recorder};

/// The most events of one run: a bounded table that is written without locks.
const CAPACITY: u32 = 1 << 22;

/// One entry for each event. A deposit's amount is the event's number, so that any contender can tell which it is.
#[derive(Debug)]
pub struct Arrivals {
    start: Instant,
    next: AtomicU32,
    acknowledged: Vec<AtomicU64>,
    arrived: Vec<AtomicU64>,
    doubled: AtomicU64,
}

impl Arrivals {
    pub(crate) fn new() -> Self {
        let empty = || (0..CAPACITY).map(|_| AtomicU64::new(0)).collect();
        Self {
            start: Instant::now(),
            next: AtomicU32::new(1),
            acknowledged: empty(),
            arrived: empty(),
            doubled: AtomicU64::new(0),
        }
    }

    /// The handler got the deposit of this amount.
    pub fn arrived(&self, amount: u32) {
        if let Some(entry) = self.arrived.get(amount as usize)
            && entry.swap(self.now(), Ordering::Relaxed) != 0
        {
            self.doubled.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The next event's number; `None` when the table is full.
    pub(crate) fn next(&self) -> Option<u32> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        (next < CAPACITY).then_some(next)
    }

    pub(crate) fn acknowledged(&self, amount: u32) {
        if let Some(entry) = self.acknowledged.get(amount as usize) {
            entry.store(self.now(), Ordering::Relaxed);
        }
    }

    /// How many were acknowledged and have not arrived.
    pub(crate) fn missing(&self) -> u64 {
        let missing = self
            .pairs()
            .filter(|(acknowledged, arrived)| *acknowledged != 0 && *arrived == 0);
        missing.count() as u64
    }

    pub(crate) fn doubled(&self) -> u64 {
        self.doubled.load(Ordering::Relaxed)
    }

    /// From acknowledgement to handler; zero for a handler that was faster than the acknowledgement.
    pub(crate) fn delays(&self) -> Option<Latency> {
        let mut recorder = Recorder::new();
        for (acknowledged, arrived) in self.pairs() {
            if acknowledged != 0 && arrived != 0 {
                recorder.record(Duration::from_nanos(arrived.saturating_sub(acknowledged)));
            }
        }
        recorder.latency()
    }

    fn pairs(&self) -> impl Iterator<Item = (u64, u64)> {
        let used = self.next.load(Ordering::Relaxed).min(CAPACITY) as usize;
        self.acknowledged[..used]
            .iter()
            .zip(&self.arrived[..used])
            .map(|(acknowledged, arrived)| {
                (
                    acknowledged.load(Ordering::Relaxed),
                    arrived.load(Ordering::Relaxed),
                )
            })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}
