//! What an import decides: which events are recorded already, and whether the others can stand where they say.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use cqrs_core::ports::import::{ImportError, ImportEvent, Imported, positions, version_error};
use cqrs_core::words::position::Position;

use super::Log;

/// So that there is room for all that is appended afterwards.
const MOST: Position = Position::from_static((1 << 48) - 1);

impl Log {
    /// Decides about a chunk that makes sense by itself. The caller holds the lock from the first check to the last write.
    pub(crate) fn import(
        &mut self,
        mut chunk: Vec<ImportEvent>,
        now: DateTime<Utc>,
    ) -> Result<Imported, ImportError> {
        // A4: what an import that was interrupted has recorded is passed over.
        let repeated = chunk.iter().take_while(|import| self.has(import)).count();
        let new = chunk.split_off(repeated);
        let before = chunk.last().and_then(|import| self.position_of(import));
        // A2, and no id twice.
        let mut seen = HashSet::new();
        for import in &new {
            let event_id = import.event.event_id;
            if self.ids.contains_key(&event_id) {
                return Err(ImportError::EventIdReused { event_id });
            }
            // The events of a stream follow each other, which was checked before: the first of each is left.
            let actual = self.version(&import.stream);
            if seen.insert(&import.stream) && import.version != actual.after(1) {
                return Err(version_error(import, actual));
            }
        }
        // F1: beyond all that a reader may have passed.
        let positions = positions(&new, self.end(), MOST)?;
        // A1: from here on nothing fails.
        let recorded = new.len();
        let last = positions.last().copied().or(before);
        for (import, position) in new.into_iter().zip(positions) {
            let recorded_at = import.recorded_at.unwrap_or(now);
            let event = import
                .event
                .recorded(import.stream, import.version, position, recorded_at);
            self.push(event);
        }
        let last = last.unwrap_or(Position::START);
        Ok(Imported::new(recorded, repeated, last))
    }

    fn has(&self, import: &ImportEvent) -> bool {
        self.ids
            .get(&import.event.event_id)
            .is_some_and(|place| import.is_recorded_as(&self.events[*place]))
    }

    fn position_of(&self, import: &ImportEvent) -> Option<Position> {
        let place = self.ids.get(&import.event.event_id)?;
        Some(self.events[*place].position)
    }
}
