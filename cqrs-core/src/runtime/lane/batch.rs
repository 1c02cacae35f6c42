//! A batch: what a page of events means for the keys of the held partitions.

use std::collections::{BTreeMap, HashSet};

use super::{Lane, LaneState};
use crate::ports::parked::ParkEvent;
use crate::runtime::processor::{ProcessorError, Routed, RoutedEvent};
use crate::words::document_key::DocumentKey;
use crate::words::event::RecordedEvent;
use crate::words::partition::Partition;
use crate::words::position::Position;

/// What a page of events means for the keys of the held partitions.
#[derive(Default)]
pub(super) struct Batch {
    /// For each key its events in order.
    pub(super) work: BTreeMap<DocumentKey, (Partition, Vec<RoutedEvent>)>,
    /// Events of keys that have parked ones: they wait behind them.
    pub(super) waiting: Vec<ParkEvent>,
    /// Events that can't be decoded. They stand under the key of their stream, since nobody knows their own.
    pub(super) undecoded: Vec<(DocumentKey, Partition, Position, ProcessorError)>,
    /// How many events of the page are meant for held partitions.
    pub(super) events: usize,
}

impl Lane {
    pub(super) fn batch(&self, state: &LaneState, events: &[RecordedEvent]) -> Batch {
        let mut batch = Batch::default();
        let mut undecoded = HashSet::new();
        for recorded in events {
            let position = recorded.position;
            match self.processor.route(recorded.clone()) {
                Ok(Routed { event, keys }) => {
                    let mut is_meant = false;
                    for key in keys {
                        let Some(partition) = self.wanted(state, &key, position) else {
                            continue;
                        };
                        is_meant = true;
                        if state.blocked.contains_key(&key) || undecoded.contains(&key) {
                            batch.waiting.push(waiting(partition, key, position));
                        } else {
                            let (_, events) = batch
                                .work
                                .entry(key)
                                .or_insert_with(|| (partition, Vec::new()));
                            events.push(event.clone());
                        }
                    }
                    batch.events += usize::from(is_meant);
                }
                Err(error) => {
                    let Some((key, partition)) = self.stream_key(state, recorded) else {
                        continue;
                    };
                    batch.events += 1;
                    if state.blocked.contains_key(&key) || !undecoded.insert(key.clone()) {
                        batch.waiting.push(waiting(partition, key, position));
                    } else {
                        batch.undecoded.push((key, partition, position, error));
                    }
                }
            }
        }
        batch
    }

    /// The key's partition, if it is held and has not seen this position.
    fn wanted(
        &self,
        state: &LaneState,
        key: &DocumentKey,
        position: Position,
    ) -> Option<Partition> {
        let partition = self.row.partitions.partition_of(key.as_str());
        let held = state.held.get(&partition)?;
        (held.checkpoint < position).then_some(partition)
    }

    fn stream_key(
        &self,
        state: &LaneState,
        recorded: &RecordedEvent,
    ) -> Option<(DocumentKey, Partition)> {
        let key = DocumentKey::new(recorded.stream.key().as_str()).ok()?;
        let partition = self.wanted(state, &key, recorded.position)?;
        Some((key, partition))
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
