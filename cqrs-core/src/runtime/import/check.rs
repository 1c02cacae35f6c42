//! An import that records nothing.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::Import;
use crate::ports::import::{
    ImportError, ImportEvent, ImportEvents, Imported, check_chunk, version_error,
};
use crate::words::event::EventId;
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// In the place of a store: looks whether a log could be imported, and records nothing. See [`Import::check`].
///
/// It keeps the version of each stream and the id of each event in memory: some 40 bytes an event.
#[derive(Debug, Default)]
pub struct CheckOnly {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    versions: HashMap<StreamId, StreamVersion>,
    ids: HashSet<EventId>,
    last: Position,
}

impl Import<CheckOnly> {
    /// Reads an exported log to its end and refuses it where an import into an empty store would, with the number of the line,
    /// but records nothing: versions with holes (A2), events of a stream out of order (F2), positions that do not rise, ids that
    /// come twice, lines that are none, a log that was cut off. [`Imported::recorded`](super::Imported::recorded) is what would be
    /// recorded.
    ///
    /// It does not see what only a store can say: its limits, and what it has already.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cqrs_core::runtime::import::{Import, ImportError};
    /// async fn is_fit(file: &[u8]) -> Result<u64, ImportError> {
    ///     Ok(Import::check().read(file).await?.events)
    /// }
    /// ```
    pub fn check() -> Self {
        Self::into(CheckOnly::default())
    }
}

#[async_trait]
impl ImportEvents for CheckOnly {
    async fn import(&self, chunk: Vec<ImportEvent>) -> Result<Imported, ImportError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for import in &chunk {
            seen.follow(import)?;
            // What can be said of an event by itself: its time.
            check_chunk(std::slice::from_ref(import))?;
        }
        Ok(Imported::new(chunk.len(), 0, seen.last))
    }
}

impl Seen {
    fn follow(&mut self, import: &ImportEvent) -> Result<(), ImportError> {
        let before = self.versions.get(&import.stream).copied();
        let before = before.unwrap_or(StreamVersion::NONE);
        if import.version != before.after(1) {
            return Err(version_error(import, before));
        }
        let last = self.last;
        if let Some(given) = import.position {
            if given <= last {
                let event_id = import.event.event_id;
                return Err(ImportError::Position {
                    event_id,
                    given,
                    last,
                });
            }
            self.last = given;
        }
        let event_id = import.event.event_id;
        if !self.ids.insert(event_id) {
            return Err(ImportError::EventIdReused { event_id });
        }
        match self.versions.get_mut(&import.stream) {
            Some(version) => *version = import.version,
            None => {
                self.versions.insert(import.stream.clone(), import.version);
            }
        }
        Ok(())
    }
}
