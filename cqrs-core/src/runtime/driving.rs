//! Whoever decides for an aggregate at this moment, and what becomes of those who wait when it ends.

use std::sync::Arc;

use super::app::Cqrs;
use super::deciders::{Decider, Deciders, Loaded, MOST_WAITING};
use super::driver::drive;
use super::queued::Queued;
use crate::domain::aggregate::Aggregate;

/// The right to decide for one aggregate. When it is dropped, also in the middle of an append, those who wait are served
/// by a task of their own.
pub(super) struct Driving<A: Aggregate> {
    pub(super) cqrs: Cqrs,
    pub(super) id: A::Id,
    /// What is known of the aggregate. Nothing while it is loaded, or when what is known may be wrong.
    pub(super) loaded: Option<Loaded<A>>,
    deciders: Arc<Deciders<A>>,
    decider: Arc<Decider<A>>,
    /// Whether it runs: a task that is dropped before it began would only be dropped again.
    pub(super) has_begun: bool,
    has_ended: bool,
}

/// What becomes of a command that arrives.
pub(super) enum Arrival<A: Aggregate> {
    /// Nobody decides for the aggregate: its sender does.
    Drives(Driving<A>),
    /// It waits for whoever decides.
    Waits,
    /// Too many wait.
    Overloaded,
}

impl<A: Aggregate> Driving<A> {
    pub(super) fn arrive(
        cqrs: &Cqrs,
        deciders: &Arc<Deciders<A>>,
        id: A::Id,
        queued: impl FnOnce() -> Option<Box<dyn Queued<A>>>,
    ) -> Arrival<A> {
        let decider = deciders.of(&id);
        let mut slot = decider.slot();
        if !slot.is_driven {
            slot.is_driven = true;
            let loaded = slot.resting.take();
            drop(slot);
            deciders.count(loaded.is_some());
            return Arrival::Drives(Self {
                cqrs: cqrs.clone(),
                id,
                loaded,
                deciders: Arc::clone(deciders),
                decider,
                has_begun: true,
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

    /// What waits, at most so many, each idempotency key once. When nothing waits, nobody drives any more.
    pub(super) fn next_batch(&mut self, most: usize) -> Vec<Box<dyn Queued<A>>> {
        let mut slot = self.decider.slot();
        let mut batch: Vec<Box<dyn Queued<A>>> = Vec::new();
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
            let size = kept.as_ref().map(Deciders::size);
            slot.resting = kept;
            slot.is_driven = false;
            drop(slot);
            if let Some(size) = size {
                self.deciders.weigh(&self.id, &self.decider, size);
            }
            return;
        }
        let runtime = tokio::runtime::Handle::try_current();
        let (Ok(runtime), true) = (runtime, self.has_begun) else {
            // Nobody is left to serve them: they hear that the outcome is unknown.
            slot.is_driven = false;
            let waiting = std::mem::take(&mut slot.waiting);
            drop(slot);
            drop(waiting);
            return;
        };
        drop(slot);
        runtime.spawn(drive(Self {
            cqrs: self.cqrs.clone(),
            id: self.id.clone(),
            loaded,
            deciders: Arc::clone(&self.deciders),
            decider: Arc::clone(&self.decider),
            has_begun: false,
            has_ended: false,
        }));
    }
}

impl<A: Aggregate> Drop for Driving<A> {
    fn drop(&mut self) {
        if !self.has_ended {
            // In the middle of something: what is in memory may be ahead of the log.
            self.loaded = None;
            self.end();
        }
    }
}
