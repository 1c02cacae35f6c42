//! What a lane knows of documents without asking the store: those that it has written, and that there are no others.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use super::LaneState;
use crate::ports::documents::DocumentWrite;
use crate::words::document_key::DocumentKey;
use crate::words::partition::{Partition, PartitionCount};
use crate::words::payload::Payload;
use crate::words::position::Position;

/// How many bytes of documents and keys are kept for all partitions of a processor.
const BYTES: usize = 16 << 20;

/// What a document takes beside its key and its content.
const OVERHEAD: usize = 64;

/// For how many keys of all partitions it is known that only these have a document: 9 bytes each.
const KEYS: usize = 1 << 20;

/// What is known of the documents of one partition, from the moment when its lane took it up.
///
/// Nobody else writes them while the epoch is the lane's own: a step of another node is stale, or raises the epoch first (P2). So what
/// the lane has written is what is there, as long as it holds the partition in this epoch. It is kept with the checkpoint, and is
/// gone with it: whatever makes the checkpoint doubtful makes the documents doubtful.
#[derive(Debug)]
pub(super) struct Documents {
    /// Documents as the last steps left them; `None` for one that is not there.
    young: HashMap<DocumentKey, Option<Payload>>,
    /// Those before: what is not touched for a while is forgotten with them.
    old: HashMap<DocumentKey, Option<Payload>>,
    /// The size of the young ones, and the most that it may be.
    bytes: usize,
    most: usize,
    written: Option<Written>,
}

/// What is known of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// This is in it; `None`: there is no such document.
    Is(Option<Payload>),
    /// The store has to be asked.
    Unknown,
}

/// The hashes of the keys that may have a document: no other key has one. Two keys of one hash only cost a look.
#[derive(Debug)]
struct Written {
    hashes: HashSet<u64>,
    most: usize,
    state: RandomState,
}

impl Documents {
    /// Of a partition that stands here. At the start of the log it has no document, since what writes one brings the partition
    /// on, or the appends write it and there is no lane.
    pub(super) fn of(checkpoint: Position, partitions: PartitionCount) -> Self {
        let partitions = usize::from(partitions.get());
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            bytes: 0,
            most: BYTES / 2 / partitions,
            written: (checkpoint == Position::START).then(|| Written {
                hashes: HashSet::new(),
                most: KEYS / partitions,
                state: RandomState::new(),
            }),
        }
    }

    fn find(&mut self, key: &DocumentKey) -> Known {
        if let Some(document) = self.young.get(key) {
            return Known::Is(document.clone());
        }
        if let Some((key, document)) = self.old.remove_entry(key) {
            self.keep(key, document.clone());
            return Known::Is(document);
        }
        match &self.written {
            Some(written) if !written.has(key) => Known::Is(None),
            _ => Known::Unknown,
        }
    }

    /// A step that writes this document is on its way: until it is known to be recorded, nothing is known of it. A step that is dropped
    /// or lost leaves it so.
    fn doubt(&mut self, key: &DocumentKey) {
        if let Some(document) = self.young.remove(key) {
            self.bytes = self.bytes.saturating_sub(size(key, document.as_ref()));
        }
        self.old.remove(key);
        if let Some(written) = &mut self.written
            && !written.add(key)
        {
            self.written = None;
        }
    }

    /// The step that writes this is recorded.
    fn recorded(&mut self, write: DocumentWrite) {
        self.keep(write.key, write.content);
    }

    fn keep(&mut self, key: DocumentKey, document: Option<Payload>) {
        let size = size(&key, document.as_ref());
        if size > self.most {
            return;
        }
        if self.bytes + size > self.most {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += size;
        self.young.insert(key, document);
    }
}

impl LaneState {
    /// The document of a key, as far as it is known without asking the store.
    pub(super) fn document(&mut self, partition: Partition, key: &DocumentKey) -> Known {
        let held = self.held.get_mut(&partition);
        held.map_or(Known::Unknown, |held| held.documents.find(key))
    }

    /// A step that writes these documents is on its way.
    pub(super) fn doubt(&mut self, writes: &[DocumentWrite], partitions: PartitionCount) {
        for write in writes {
            let partition = partitions.partition_of(write.key.as_str());
            if let Some(held) = self.held.get_mut(&partition) {
                held.documents.doubt(&write.key);
            }
        }
    }

    /// The step that writes these documents is recorded.
    pub(super) fn learn(&mut self, writes: Vec<DocumentWrite>, partitions: PartitionCount) {
        for write in writes {
            let partition = partitions.partition_of(write.key.as_str());
            if let Some(held) = self.held.get_mut(&partition) {
                held.documents.recorded(write);
            }
        }
    }
}

fn size(key: &DocumentKey, document: Option<&Payload>) -> usize {
    OVERHEAD + key.as_str().len() + document.map_or(0, Payload::size)
}

impl Written {
    fn hash(&self, key: &DocumentKey) -> u64 {
        self.state.hash_one(key)
    }

    fn has(&self, key: &DocumentKey) -> bool {
        self.hashes.contains(&self.hash(key))
    }

    /// Says whether there was room for it.
    fn add(&mut self, key: &DocumentKey) -> bool {
        self.hashes.insert(self.hash(key));
        self.hashes.len() <= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::{
        DocumentKey, DocumentWrite, Documents, KEYS, Known, PartitionCount, Payload, Position,
    };

    fn key(number: usize) -> DocumentKey {
        DocumentKey::new(format!("account-{number}")).unwrap()
    }

    fn document(content: &str) -> Payload {
        Payload::from_json(content).unwrap()
    }

    fn write(documents: &mut Documents, number: usize, content: Option<Payload>) {
        documents.doubt(&key(number));
        documents.recorded(DocumentWrite {
            key: key(number),
            content,
            position: Position::START,
            is_new: false,
        });
    }

    fn at_start() -> Documents {
        Documents::of(Position::START, PartitionCount::DEFAULT)
    }

    fn further() -> Documents {
        let further = Position::new(7).unwrap();
        Documents::of(further, PartitionCount::DEFAULT)
    }

    #[test]
    fn at_the_start_of_the_log_there_is_none() {
        assert_eq!(at_start().find(&key(1)), Known::Is(None));
        assert_eq!(further().find(&key(1)), Known::Unknown);
    }

    #[test]
    fn what_was_written_is_there_and_what_was_deleted_is_not() {
        for mut documents in [at_start(), further()] {
            write(&mut documents, 1, Some(document("1")));
            write(&mut documents, 2, None);
            assert_eq!(documents.find(&key(1)), Known::Is(Some(document("1"))));
            assert_eq!(documents.find(&key(2)), Known::Is(None));
            write(&mut documents, 1, Some(document("2")));
            assert_eq!(documents.find(&key(1)), Known::Is(Some(document("2"))));
        }
    }

    #[test]
    fn what_a_step_writes_is_unknown_until_it_is_recorded() {
        for mut documents in [at_start(), further()] {
            write(&mut documents, 1, Some(document("1")));
            for number in [1, 2] {
                documents.doubt(&key(number));
                assert_eq!(documents.find(&key(number)), Known::Unknown);
            }
        }
    }

    #[test]
    fn what_is_not_touched_for_a_while_is_forgotten_but_not_that_it_was_written() {
        let mut documents = at_start();
        write(&mut documents, 0, Some(document("0")));
        for number in 1..20_000 {
            write(&mut documents, number, Some(document("1")));
            let touched = documents.find(&key(1));
            assert_eq!(touched, Known::Is(Some(document("1"))));
        }
        assert_eq!(documents.find(&key(0)), Known::Unknown);
        assert_eq!(documents.find(&key(20_000)), Known::Is(None));
        assert!(documents.bytes <= documents.most);
    }

    #[test]
    fn of_more_keys_than_there_is_room_for_any_may_have_a_document() {
        let mut documents = at_start();
        let most = KEYS / usize::from(PartitionCount::DEFAULT.get());
        for number in 0..most {
            documents.doubt(&key(number));
        }
        assert_eq!(documents.find(&key(most)), Known::Is(None));
        documents.doubt(&key(most));
        assert_eq!(documents.find(&key(most + 1)), Known::Unknown);
    }

    #[test]
    fn one_that_is_too_large_is_not_kept() {
        let mut documents = further();
        let large = format!("\"{}\"", "a".repeat(documents.most));
        write(&mut documents, 1, Some(document("1")));
        write(&mut documents, 1, Some(document(&large)));
        assert_eq!(documents.find(&key(1)), Known::Unknown);
    }
}
