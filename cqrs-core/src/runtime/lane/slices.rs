//! Slices: while a generation is being built, several lanes of one node share out the partitions that the node holds.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::pages::Pages;
use crate::words::partition::Partition;

/// What the lanes of one generation on this node share: who drives which partition. A partition is driven by one of them
/// at any moment, also while the generation becomes live and the first lane takes over from the others.
pub(in crate::runtime) struct Slices {
    wakes: Vec<Arc<Notify>>,
    is_live: AtomicBool,
    /// The appends write the generation: there is nothing to drive.
    is_inline: AtomicBool,
    claims: Mutex<BTreeMap<Partition, Claim>>,
    pages: Pages,
}

/// Who drives a partition, or was the last to do so.
#[derive(Clone, Copy)]
struct Claim {
    slice: usize,
    is_over: bool,
}

/// What one lane may drive.
pub(super) struct Slice {
    pub(super) number: usize,
    pub(super) all: Arc<Slices>,
}

/// Which of the wanted partitions a lane may drive now.
pub(super) struct Claimed {
    pub(super) partitions: Vec<Partition>,
    /// Another lane of this node has driven one of them, so that what is known of its checkpoint is old.
    pub(super) is_handed_over: bool,
}

impl Slices {
    pub(in crate::runtime) fn new(count: usize, is_live: bool) -> Arc<Self> {
        Arc::new(Self {
            wakes: (0..count.max(1)).map(|_| Arc::default()).collect(),
            is_live: AtomicBool::new(is_live),
            is_inline: AtomicBool::new(false),
            claims: Mutex::default(),
            pages: Pages::default(),
        })
    }

    pub(in crate::runtime) fn count(&self) -> usize {
        self.wakes.len()
    }

    pub(in crate::runtime) fn is_live(&self) -> bool {
        self.is_live.load(Ordering::SeqCst)
    }

    pub(in crate::runtime) fn is_inline(&self) -> bool {
        self.is_inline.load(Ordering::SeqCst)
    }

    /// Takes note of whether the appends write the generation. The store has the last word: it refuses the steps of lanes
    /// that think otherwise.
    pub(in crate::runtime) fn set_inline(&self, is_inline: bool) {
        if self.is_inline.swap(is_inline, Ordering::SeqCst) != is_inline {
            self.wakes.iter().for_each(|wake| wake.notify_one());
        }
    }

    pub(super) const fn pages(&self) -> &Pages {
        &self.pages
    }

    /// From now on the first lane drives everything, as soon as the others have let go.
    pub(in crate::runtime) fn go_live(&self) {
        if !self.is_live.swap(true, Ordering::SeqCst) {
            self.wakes.iter().for_each(|wake| wake.notify_one());
        }
    }
}

impl Slice {
    pub(super) fn wake(&self) -> Arc<Notify> {
        self.all
            .wakes
            .get(self.number)
            .map(Arc::clone)
            .unwrap_or_default()
    }

    fn is_meant(&self, partition: Partition) -> bool {
        if self.all.is_live() {
            self.number == 0
        } else {
            usize::from(partition.get()) % self.all.count() == self.number
        }
    }

    /// Claims what this lane is meant to drive of the partitions that the node holds, as far as no other lane is at it, and
    /// lets go of all others.
    pub(super) fn claim(&self, held: impl Iterator<Item = Partition>) -> Claimed {
        let mut claims = self
            .all
            .claims
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut claimed = Claimed {
            partitions: Vec::new(),
            is_handed_over: false,
        };
        for partition in held.filter(|partition| self.is_meant(*partition)) {
            let before = claims.get(&partition).copied();
            let of_another = before.filter(|claim| claim.slice != self.number);
            if of_another.is_some_and(|claim| !claim.is_over) {
                continue;
            }
            claimed.is_handed_over |= of_another.is_some();
            claimed.partitions.push(partition);
            let (slice, is_over) = (self.number, false);
            claims.insert(partition, Claim { slice, is_over });
        }
        let mut has_let_go = false;
        for (partition, claim) in claims.iter_mut() {
            if claim.slice == self.number
                && !claim.is_over
                && !claimed.partitions.contains(partition)
            {
                claim.is_over = true;
                has_let_go = true;
            }
        }
        drop(claims);
        if has_let_go {
            let others = self.all.wakes.iter().enumerate();
            others
                .filter(|(number, _)| *number != self.number)
                .for_each(|(_, wake)| wake.notify_one());
        }
        claimed
    }
}
