//! Whoever decides for an aggregate at this moment, and what becomes of those who wait when it ends.

use std::sync::Arc;

use super::app::Cqrs;
use super::deciders::{Decider, Deciders, Loaded, MOST_WAITING};
use super::driver::drive;
use super::queued::Queued;
use crate::domain::aggregate::Aggregate;
use crate::words::stream::StreamId;

/// The right to decide for one aggregate. When it is dropped, also in the middle of an append, those who wait are served
/// by a task of their own.
///
/// It borrows everything: what all commands share would go from one processor's cache to the other's with each count.
pub(super) struct Driving<'a, A: Aggregate> {
    pub(super) cqrs: &'a Cqrs,
    deciders: &'a Arc<Deciders<A>>,
    decider: &'a Arc<Decider<A>>,
    /// What is known of the aggregate. Nothing while it is loaded, or when what is known may be wrong.
    pub(super) loaded: Option<Loaded<A>>,
    has_ended: bool,
}

/// The same right on its way to a task. When it is dropped before the task began, nobody is left to serve those who wait.
pub(super) struct Handover<A: Aggregate> {
    cqrs: Cqrs,
    deciders: Arc<Deciders<A>>,
    decider: Arc<Decider<A>>,
    loaded: Option<Loaded<A>>,
    has_begun: bool,
}

/// What becomes of a command that arrives.
pub(super) enum Arrival<'a, A: Aggregate> {
    /// Nobody decides for the aggregate: its sender does.
    Drives(Driving<'a, A>),
    /// It waits for whoever decides.
    Waits,
    /// Too many wait.
    Overloaded,
}

impl<'a, A: Aggregate> Driving<'a, A> {
    pub(super) fn arrive(
        cqrs: &'a Cqrs,
        deciders: &'a Arc<Deciders<A>>,
        decider: &'a Arc<Decider<A>>,
        queued: impl FnOnce() -> Option<Box<dyn Queued<A>>>,
    ) -> Arrival<'a, A> {
        let mut slot = decider.slot();
        if !slot.is_driven {
            slot.is_driven = true;
            let loaded = slot.resting.take();
            drop(slot);
            deciders.count(loaded.is_some());
            return Arrival::Drives(Self {
                cqrs,
                deciders,
                decider,
                loaded,
                has_ended: false,
            });
        }
        if slot.waiting.len() >= MOST_WAITING {
            return Arrival::Overloaded;
        }
        match queued() {
            Some(queued) => slot.waiting.push_back(queued),
            None => return Arrival::Overloaded,
        }
        Arrival::Waits
    }

    pub(super) fn id(&self) -> &'a A::Id {
        &self.decider.id
    }

    pub(super) fn stream(&self) -> &'a StreamId {
        &self.decider.stream
    }

    /// What waits, at most so many, each idempotency key once. When nothing waits, nobody drives any more.
    pub(super) fn next_batch(&mut self, most: usize) -> Vec<Box<dyn Queued<A>>> {
        let mut slot = self.decider.slot();
        let mut batch: Vec<Box<dyn Queued<A>>> = Vec::with_capacity(slot.waiting.len().min(most));
        while batch.len() < most {
            let Some(queued) = slot.waiting.pop_front() else {
                break;
            };
            if queued.is_gone() {
                continue;
            }
            // Whether the key is known is decided by the append of the first.
            let is_twice = |key| batch.iter().any(|earlier| earlier.key() == Some(key));
            if queued.key().is_some_and(is_twice) {
                slot.waiting.push_front(queued);
                break;
            }
            batch.push(queued);
        }
        if batch.is_empty() {
            drop(slot);
            self.end();
        }
        batch
    }

    /// Has those who wait served by a task of their own; without any, the aggregate rests.
    pub(super) fn end(&mut self) {
        if self.has_ended {
            return;
        }
        self.has_ended = true;
        let loaded = self.loaded.take();
        let mut slot = self.decider.slot();
        if slot.waiting.is_empty() {
            let kept = self.deciders.keeps(loaded);
            let size = kept.as_ref().map(|kept| self.deciders.size(kept));
            let grown = size.and_then(|size| self.deciders.grown(slot.weight, size));
            slot.weight = grown.unwrap_or(slot.weight);
            slot.resting = kept;
            slot.is_driven = false;
            drop(slot);
            if let Some(weight) = grown {
                self.deciders.weigh(self.decider, weight);
            }
            return;
        }
        drop(slot);
        let handover = Handover {
            cqrs: self.cqrs.clone(),
            deciders: Arc::clone(self.deciders),
            decider: Arc::clone(self.decider),
            loaded,
            has_begun: false,
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(drive(handover))),
            Err(_) => drop(handover),
        }
    }
}

impl<A: Aggregate> Drop for Driving<'_, A> {
    fn drop(&mut self) {
        if !self.has_ended {
            // In the middle of something: what is in memory may be ahead of the log.
            self.loaded = None;
            self.end();
        }
    }
}

impl<A: Aggregate> Handover<A> {
    /// The task runs.
    pub(super) fn begin(&mut self) -> Driving<'_, A> {
        self.has_begun = true;
        Driving {
            cqrs: &self.cqrs,
            deciders: &self.deciders,
            decider: &self.decider,
            loaded: self.loaded.take(),
            has_ended: false,
        }
    }
}

impl<A: Aggregate> Drop for Handover<A> {
    fn drop(&mut self) {
        if self.has_begun {
            return;
        }
        // They hear that the outcome is unknown.
        let mut slot = self.decider.slot();
        slot.is_driven = false;
        let waiting = std::mem::take(&mut slot.waiting);
        drop(slot);
        drop(waiting);
    }
}
