//! The parked events of one generation: P3.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use cqrs_core::ports::parked::{BlockedKey, ListParked, ParkEvent, ParkedEvent, ParkedRequest};
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::partition::Partition;
use cqrs_core::words::position::Position;

/// For each key its parked events by rising position. No key is without one.
#[derive(Debug, Default)]
pub(crate) struct Parked {
    keys: BTreeMap<DocumentKey, BTreeMap<Position, ParkedEvent>>,
}

impl Parked {
    pub(super) fn park(&mut self, event: ParkEvent, now: DateTime<Utc>) {
        let events = self.keys.entry(event.key.clone()).or_default();
        let parked_at = events
            .get(&event.position)
            .map_or(now, |parked| parked.parked_at);
        let parked = ParkedEvent {
            parked_at,
            request: None,
            event,
        };
        events.insert(parked.event.position, parked);
    }

    pub(super) fn unpark(&mut self, key: &DocumentKey, position: Position) {
        if let Some(events) = self.keys.get_mut(key) {
            events.remove(&position);
            if events.is_empty() {
                self.keys.remove(key);
            }
        }
    }

    pub(crate) fn first(&self, key: &DocumentKey) -> Option<&BlockedKey> {
        self.keys.get(key)?.values().next()
    }

    pub(crate) fn blocked(&self, partitions: &HashSet<Partition>) -> Vec<BlockedKey> {
        self.firsts()
            .filter(|first| partitions.contains(&first.event.partition))
            .cloned()
            .collect()
    }

    /// Whether somebody asks for something in one of these partitions.
    pub(super) fn is_asked(&self, partitions: &HashSet<Partition>) -> bool {
        self.firsts()
            .any(|first| first.request.is_some() && partitions.contains(&first.event.partition))
    }

    pub(crate) fn list(&self, request: &ListParked) -> Vec<ParkedEvent> {
        let mut events: Vec<_> = self
            .keys
            .iter()
            .filter(|(key, _)| request.key.as_ref().is_none_or(|only| only == *key))
            .flat_map(|(key, events)| events.values().map(move |parked| (key, parked)))
            .map(|(key, parked)| ((parked.event.position, key), parked))
            .filter(|((position, key), _)| {
                let after = request.after.as_ref();
                after.is_none_or(|(after, after_key)| (position, *key) > (after, after_key))
            })
            .collect();
        events.sort_by_key(|(order, _)| *order);
        let events = events.into_iter().map(|(_, parked)| parked.clone());
        events.take(request.limit.max(1)).collect()
    }

    pub(crate) fn ask(&mut self, key: Option<&DocumentKey>, request: ParkedRequest) -> u64 {
        let mut asked = 0;
        for (own, events) in &mut self.keys {
            let meant = key.is_none_or(|key| key == own);
            if let Some((_, first)) = events.iter_mut().next().filter(|_| meant) {
                first.request = Some(request);
                asked += 1;
            }
        }
        asked
    }

    pub(super) fn count(&self) -> usize {
        self.keys.values().map(BTreeMap::len).sum()
    }

    fn firsts(&self) -> impl Iterator<Item = &BlockedKey> {
        self.keys
            .values()
            .filter_map(|events| events.values().next())
    }
}
