//! The aggregates of one kind that are in memory: those that decide at this moment, and those kept for the next command.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics::Counter;
use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, Lifecycle, OptionsBuilder, Weighter};

use super::aggregate_cache::AggregateCache;
use super::queued::Queued;
use crate::domain::aggregate::Aggregate;
use crate::domain::root::Root;
use crate::encoding::error::DecodeError;
use crate::encoding::stored::StoredEvent;
use crate::ports::fold_stream::EventToFold;
use crate::words::error::InvalidWord;
use crate::words::event::RecordedEvent;
use crate::words::stream::StreamId;

/// How many commands wait for one aggregate at most.
pub(super) const MOST_WAITING: usize = 4_096;

/// An aggregate without a kept state still has its place in the map.
const EMPTY_BYTES: u64 = 256;

/// All of one kind.
pub(super) struct Deciders<A: Aggregate> {
    kept: Cache<A::Id, Kept<A>, ByWeight, DefaultHashBuilder, Evictions>,
    /// What one counts with at most, so that it finds room.
    largest: u64,
    /// What one counts with at least, so that there are not too many.
    smallest: u64,
    keeps_states: bool,
    hits: Counter,
    misses: Counter,
}

/// One aggregate. Commands are decided one after the other by whoever drives it.
pub(super) struct Decider<A: Aggregate> {
    pub(super) id: A::Id,
    /// Made once: a command of an aggregate in memory needs no text of its own.
    pub(super) stream: StreamId,
    slot: Mutex<Slot<A>>,
}

pub(super) struct Slot<A: Aggregate> {
    /// The state while nobody drives.
    pub(super) resting: Option<Loaded<A>>,
    pub(super) waiting: VecDeque<Box<dyn Queued<A>>>,
    pub(super) is_driven: bool,
    /// With what the cache counts it, if it has it.
    pub(super) weight: u64,
}

/// An aggregate that was loaded, with nothing emitted.
pub(super) struct Loaded<A: Aggregate> {
    pub(super) root: Root<A>,
    /// The payloads that were folded into it.
    pub(super) bytes: usize,
    /// Not 0 when somebody else wrote to it lately: see `spare.rs`.
    pub(super) contended: u8,
}

impl<A: Aggregate> Loaded<A> {
    pub(super) const fn new(root: Root<A>) -> Self {
        Self {
            root,
            bytes: 0,
            contended: 0,
        }
    }

    /// Takes in a recorded event, the next of the stream, and shows what it is read as.
    pub(super) fn take_in(
        &mut self,
        recorded: &RecordedEvent,
        see: impl FnMut(&A::Event),
    ) -> Result<(), DecodeError> {
        self.root.replay_each(recorded, see)?;
        self.bytes = self.bytes.saturating_add(recorded.payload.size());
        Ok(())
    }

    /// The same of an event that was read for folding only. `false`, and nothing was taken in: it has to be read whole.
    pub(super) fn take_in_bare(
        &mut self,
        stored: StoredEvent<'_>,
        place: EventToFold<'_>,
        see: impl FnOnce(&A::Event),
    ) -> bool {
        let EventToFold {
            version, position, ..
        } = place;
        let is_read = self.root.replay_bare(stored, version, position, see);
        if is_read {
            self.bytes = self.bytes.saturating_add(stored.payload.len());
        }
        is_read
    }
}

/// What the cache holds. The weight of one entry never changes: a heavier one takes its place.
struct Kept<A: Aggregate> {
    decider: Arc<Decider<A>>,
    weight: u64,
}

impl<A: Aggregate> Clone for Kept<A> {
    fn clone(&self) -> Self {
        Self {
            decider: Arc::clone(&self.decider),
            weight: self.weight,
        }
    }
}

#[derive(Clone)]
struct ByWeight;

impl<A: Aggregate> Weighter<A::Id, Kept<A>> for ByWeight {
    fn weight(&self, _: &A::Id, kept: &Kept<A>) -> u64 {
        kept.weight
    }
}

#[derive(Clone)]
struct Evictions {
    evictions: Counter,
}

impl<A: Aggregate> Lifecycle<A::Id, Kept<A>> for Evictions {
    type RequestState = ();

    /// Somebody decides, or waits: with another decider beside this one they would only get in each other's way.
    fn is_pinned(&self, _: &A::Id, kept: &Kept<A>) -> bool {
        Arc::strong_count(&kept.decider) > 1
    }

    fn on_evict(&self, (): &mut (), _: A::Id, _: Kept<A>) {
        self.evictions.increment(1);
    }
}

impl<A: Aggregate> Deciders<A> {
    pub(super) fn new(cache: AggregateCache) -> Self {
        let name = A::CATEGORY.to_string();
        let evictions =
            metrics::counter!("cqrs_cache_evictions_total", "aggregate" => name.clone());
        let count = u64::try_from(cache.aggregates).unwrap_or(u64::MAX);
        let bytes = cache.bytes.max(EMPTY_BYTES);
        let smallest = (bytes / count).max(EMPTY_BYTES);
        let lifecycle = Evictions { evictions };
        // Few, so that a share of the whole has room for several of the largest.
        let options = OptionsBuilder::new()
            .shards((cache.aggregates / 64).clamp(1, 16))
            .estimated_items_capacity(cache.aggregates)
            .weight_capacity(bytes.max(smallest))
            .build();
        let hashes = DefaultHashBuilder::default();
        let kept = match options {
            Ok(options) => Cache::with_options(options, ByWeight, hashes, lifecycle),
            Err(_) => Cache::with(
                cache.aggregates,
                bytes.max(smallest),
                ByWeight,
                hashes,
                lifecycle,
            ),
        };
        Self {
            kept,
            largest: bytes / 64,
            smallest,
            keeps_states: cache.keeps_states,
            // One handle for all commands: counting costs no look-up.
            hits: metrics::counter!("cqrs_cache_hits_total", "aggregate" => name.clone()),
            misses: metrics::counter!("cqrs_cache_misses_total", "aggregate" => name),
        }
    }

    /// The one with this id.
    pub(super) fn of(&self, id: &A::Id) -> Result<Arc<Decider<A>>, InvalidWord> {
        if let Some(kept) = self.kept.get(id) {
            return Ok(kept.decider);
        }
        let decider = Arc::new(Decider {
            id: id.clone(),
            stream: A::stream(id)?,
            slot: Mutex::new(Slot {
                resting: None,
                waiting: VecDeque::new(),
                is_driven: false,
                weight: self.smallest,
            }),
        });
        let new = || {
            Ok::<_, std::convert::Infallible>(Kept {
                decider: Arc::clone(&decider),
                weight: self.smallest,
            })
        };
        match self.kept.get_or_insert_with(id, new) {
            Ok(kept) => Ok(kept.decider),
            Err(never) => match never {},
        }
    }

    /// Whether a command has found the state in memory.
    pub(super) fn count(&self, is_hit: bool) {
        if is_hit { &self.hits } else { &self.misses }.increment(1);
    }

    /// What of it may stay in memory.
    pub(super) fn keeps(&self, loaded: Option<Loaded<A>>) -> Option<Loaded<A>> {
        loaded.filter(|_| self.keeps_states)
    }

    /// With what it is to be counted anew, when it has grown beyond what it counts with.
    pub(super) fn grown(&self, counted: u64, size: u64) -> Option<u64> {
        (size > counted).then(|| size.saturating_add(size / 2).min(self.largest))
    }

    /// Counts it with this weight, if it is still there.
    pub(super) fn weigh(&self, decider: &Arc<Decider<A>>, weight: u64) {
        match self.kept.peek(&decider.id) {
            Some(kept) if Arc::ptr_eq(&kept.decider, decider) => {
                let (id, decider) = (decider.id.clone(), Arc::clone(decider));
                let _ = self.kept.replace(id, Kept { decider, weight }, true);
            }
            _ => {}
        }
    }

    /// What it takes, by estimate. A long stream mostly folds into a small state, which must not be left out for it: each
    /// command would read the whole stream again.
    pub(super) fn size(&self, loaded: &Loaded<A>) -> u64 {
        let size = size_of::<A>().saturating_add(loaded.bytes);
        u64::try_from(size)
            .unwrap_or(u64::MAX)
            .saturating_add(EMPTY_BYTES)
            .min(self.largest)
    }
}

impl<A: Aggregate> Decider<A> {
    /// A panic elsewhere can't have left it half written: no code of users runs while it is locked.
    pub(super) fn slot(&self) -> MutexGuard<'_, Slot<A>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
