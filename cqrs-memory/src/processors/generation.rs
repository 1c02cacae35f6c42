//! One generation with everything that belongs to it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;

use chrono::{DateTime, Utc};
use cqrs_core::ports::documents::{
    DocumentPage, DocumentRead, DocumentWrite, ListDocuments, StoredDocument,
};
use cqrs_core::ports::processors::{GenerationProgress, GenerationRow, PartitionRow};
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::epoch::Epoch;
use cqrs_core::words::event::EventName;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::Partition;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;

use super::due::Staged;
use super::parked::Parked;
use crate::memory::Rows;

#[derive(Debug)]
pub(crate) struct GenerationEntry {
    pub(crate) row: GenerationRow,
    pub(super) partitions: Vec<PartitionEntry>,
    /// The events whose appends write the generation, while it is inline.
    pub(super) inline_names: Vec<EventName>,
    /// The nodes that run the generation, and until when they have said so.
    pub(super) nodes: HashMap<NodeId, DateTime<Utc>>,
    documents: BTreeMap<DocumentKey, StoredDocument>,
    /// The rows of a projection: for each table and key what is in it.
    rows: BTreeMap<(String, String), Payload>,
    pub(crate) parked: Parked,
    pub(crate) staged: Staged,
}

#[derive(Debug)]
pub(super) struct PartitionEntry {
    pub(super) partition: Partition,
    pub(super) checkpoint: Position,
    pub(super) epoch: Epoch,
    pub(super) owner: Option<NodeId>,
    pub(super) lease_until: DateTime<Utc>,
}

impl GenerationEntry {
    pub(super) fn new(row: GenerationRow) -> Self {
        let partitions = row.partitions.partitions().map(|partition| PartitionEntry {
            partition,
            checkpoint: row.start,
            epoch: Epoch::NONE,
            owner: None,
            lease_until: row.began_at,
        });
        Self {
            partitions: partitions.collect(),
            inline_names: Vec::new(),
            nodes: HashMap::new(),
            documents: BTreeMap::new(),
            rows: BTreeMap::new(),
            parked: Parked::default(),
            staged: Staged::default(),
            row,
        }
    }

    pub(super) fn hindmost(&self) -> Position {
        let checkpoints = self.partitions.iter().map(|entry| entry.checkpoint);
        checkpoints.min().unwrap_or_default()
    }

    pub(super) fn furthest(&self) -> Position {
        let checkpoints = self.partitions.iter().map(|entry| entry.checkpoint);
        checkpoints.max().unwrap_or_default()
    }

    pub(super) fn partition(&self, partition: Partition) -> Option<&PartitionEntry> {
        self.partitions.get(usize::from(partition.get()))
    }

    pub(super) fn partition_mut(&mut self, partition: Partition) -> Option<&mut PartitionEntry> {
        self.partitions.get_mut(usize::from(partition.get()))
    }

    pub(super) fn write(&mut self, document: DocumentWrite) {
        let DocumentWrite {
            key,
            content,
            position,
            is_new: _,
        } = document;
        match content {
            Some(content) => {
                let stored = StoredDocument {
                    key: key.clone(),
                    content,
                    position,
                };
                self.documents.insert(key, stored);
            }
            None => {
                self.documents.remove(&key);
            }
        }
    }

    pub(super) fn write_rows(&mut self, rows: Rows) {
        for (place, row) in rows {
            match row {
                Some(row) => self.rows.insert(place, row),
                None => self.rows.remove(&place),
            };
        }
    }

    pub(crate) fn row_of(&self, place: &(String, String)) -> Option<Payload> {
        self.rows.get(place).cloned()
    }

    pub(crate) fn documents(&self, keys: &[DocumentKey]) -> Vec<StoredDocument> {
        keys.iter()
            .filter_map(|key| self.documents.get(key).cloned())
            .collect()
    }

    pub(crate) fn read(&self, partition: Partition, key: &DocumentKey) -> DocumentRead {
        DocumentRead {
            state: Some(self.row.state),
            checkpoint: self
                .partition(partition)
                .map_or(Position::START, |entry| entry.checkpoint),
            blocked: self.parked.first(key).cloned(),
            document: self.documents.get(key).cloned(),
        }
    }

    pub(crate) fn list(&self, request: &ListDocuments) -> DocumentPage {
        // No key begins with a prefix that is no key itself, except the empty one.
        let prefix = DocumentKey::new(request.prefix.as_str()).ok();
        let after = request.after.as_ref();
        let from = match (after, &prefix) {
            (Some(after), Some(prefix)) if after < prefix => Bound::Included(prefix),
            (Some(after), _) => Bound::Excluded(after),
            (None, Some(prefix)) => Bound::Included(prefix),
            (None, None) => Bound::Unbounded,
        };
        let documents = self
            .documents
            .range::<DocumentKey, _>((from, Bound::Unbounded));
        let mut matching = documents
            .map(|(_, document)| document)
            .take_while(|document| document.key.as_str().starts_with(&request.prefix));
        DocumentPage {
            state: Some(self.row.state),
            documents: matching
                .by_ref()
                .take(request.limit.max(1))
                .cloned()
                .collect(),
            is_last: matching.next().is_none(),
        }
    }

    pub(super) fn progress(&self, now: DateTime<Utc>) -> GenerationProgress {
        let rows = self.partitions.iter().map(|entry| PartitionRow {
            partition: entry.partition,
            checkpoint: entry.checkpoint,
            epoch: entry.epoch,
            owner: entry.owner.clone().filter(|_| entry.lease_until > now),
        });
        let all: HashSet<_> = self.row.partitions.partitions().collect();
        let blocked = self.parked.blocked(&all);
        let given_up = blocked.iter().filter(|blocked| {
            let failure = blocked.event.failure.as_ref();
            failure.is_some_and(|failure| failure.retry_at.is_none())
        });
        GenerationProgress {
            row: self.row.clone(),
            partitions: rows.collect(),
            parked_keys: given_up.count() as u64,
            parked_events: self.parked.count() as u64,
            staged_commands: self.staged.count() as u64,
            parked_commands: self.staged.parked_count() as u64,
        }
    }
}
