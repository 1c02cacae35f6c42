//! A batch: what a page of events means for the keys of the held partitions.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::LaneState;
use super::events::work;
use super::page::{Page, PageEvent, Undecoded};
use crate::ports::parked::ParkEvent;
use crate::runtime::processor::{KeyWork, ProcessorError};
use crate::words::document_key::DocumentKey;
use crate::words::partition::Partition;
use crate::words::position::Position;

/// What a page of events means for the keys of the held partitions.
#[derive(Default)]
pub(super) struct Batch {
    /// For each key its events in order, without its document.
    pub(super) works: Vec<KeyWork>,
    /// Events of keys that have parked ones: they wait behind them.
    pub(super) waiting: Vec<ParkEvent>,
    /// Events that can't be decoded. They stand under the key of their stream, since nobody knows their own.
    pub(super) undecoded: Vec<(DocumentKey, Partition, Position, ProcessorError)>,
    /// How many events of the page are meant for held partitions.
    pub(super) events: usize,
}

impl LaneState {
    /// What these events of a page mean.
    pub(super) fn batch(&self, page: &Page, events: &[PageEvent], now: DateTime<Utc>) -> Batch {
        let mut batch = Batch::default();
        let wanted = Wanted::of(self);
        let mut numbers = HashMap::new();
        let mut last: Option<(&DocumentKey, usize)> = None;
        let mut undecoded = HashSet::new();
        for PageEvent { position, routed } in events {
            match routed {
                Ok(range) => {
                    let mut is_meant = false;
                    for (key, partition, event) in page.about(range) {
                        if !wanted.has(partition, *position) {
                            continue;
                        }
                        is_meant = true;
                        if self.blocked.contains_key(key) || undecoded.contains(key) {
                            batch
                                .waiting
                                .push(waiting(partition, key.clone(), *position));
                            continue;
                        }
                        // The event before is mostly about the same key.
                        let same = last.filter(|(last, _)| *last == key);
                        let number = same.map_or_else(
                            || {
                                *numbers.entry(key).or_insert_with(|| {
                                    batch.works.push(work(key, partition, Vec::new(), now));
                                    batch.works.len() - 1
                                })
                            },
                            |(_, number)| number,
                        );
                        last = Some((key, number));
                        if let Some(work) = batch.works.get_mut(number) {
                            work.events.push(event.clone());
                        }
                    }
                    batch.events += usize::from(is_meant);
                }
                Err(found) => {
                    let Undecoded { place, error } = &**found;
                    let (key, partition) = place.clone();
                    if !wanted.has(partition, *position) {
                        continue;
                    }
                    batch.events += 1;
                    if self.blocked.contains_key(&key) || !undecoded.insert(key.clone()) {
                        batch.waiting.push(waiting(partition, key, *position));
                    } else {
                        let error = error.clone();
                        batch.undecoded.push((key, partition, *position, error));
                    }
                }
            }
        }
        // In the order in which stores keep documents.
        batch
            .works
            .sort_unstable_by(|one, other| one.key.cmp(&other.key));
        batch
    }
}

/// What a lane has still to see: asked for each event of a page, most of which are other lanes' where several build a view.
struct Wanted(Vec<Option<Position>>);

impl Wanted {
    fn of(state: &LaneState) -> Self {
        let last = state.held.keys().next_back();
        let count = last.map_or(0, |last| usize::from(last.get()) + 1);
        let mut checkpoints = vec![None; count];
        for (partition, held) in &state.held {
            if let Some(place) = checkpoints.get_mut(usize::from(partition.get())) {
                *place = Some(held.checkpoint);
            }
        }
        Self(checkpoints)
    }

    /// Whether the partition is driven by this lane, and has not seen this position.
    fn has(&self, partition: Partition, position: Position) -> bool {
        let checkpoint = self.0.get(usize::from(partition.get())).copied().flatten();
        checkpoint.is_some_and(|checkpoint| checkpoint < position)
    }
}

pub(super) fn waiting(partition: Partition, key: DocumentKey, position: Position) -> ParkEvent {
    ParkEvent {
        partition,
        key,
        position,
        failure: None,
    }
}
