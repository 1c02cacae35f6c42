//! One step of a processor: first all checks, then all writes (P1, P2, P6).

use chrono::{DateTime, Utc};
use cqrs_core::ports::advance::{Advance, AdvanceError, PartitionAdvance};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::processors::GenerationState;

use super::Processors;
use super::generation::GenerationEntry;

impl Processors {
    /// Decides about one advance. The caller holds the lock from the first check to the last write.
    pub(crate) fn advance(
        &mut self,
        advance: Advance,
        now: DateTime<Utc>,
    ) -> Result<(), AdvanceError> {
        let Some(first) = advance.partitions.first() else {
            return Err(StoreError::other("the advance names no partition").into());
        };
        let Some(entry) = self.generations.get_mut(&advance.of) else {
            return Err(AdvanceError::stale(&advance.of, first));
        };
        // P1: while the appends write it, nobody else does.
        if entry.row.state == GenerationState::Inline {
            return Err(AdvanceError::stale(&advance.of, first));
        }
        // P2: each partition is held in this epoch and stands where the step began.
        let stale = advance
            .partitions
            .iter()
            .find(|partition| !entry.is_at(partition));
        if let Some(stale) = stale {
            return Err(AdvanceError::stale(&advance.of, stale));
        }
        // P1: from here on nothing fails.
        entry.apply(advance, now);
        Ok(())
    }
}

impl GenerationEntry {
    fn is_at(&self, advance: &PartitionAdvance) -> bool {
        self.partition(advance.partition)
            .is_some_and(|entry| entry.epoch == advance.epoch && entry.checkpoint == advance.from)
    }

    fn apply(&mut self, advance: Advance, now: DateTime<Utc>) {
        for partition in advance.partitions {
            if let Some(entry) = self.partition_mut(partition.partition) {
                entry.checkpoint = partition.through;
            }
        }
        for document in advance.documents {
            self.write(document);
        }
        for (key, position) in advance.unparked {
            self.parked.unpark(&key, position);
        }
        for event in advance.parked {
            self.parked.park(event, now);
        }
        for id in advance.sent {
            self.staged.forget(&id);
        }
        for postpone in advance.postponed {
            self.staged.postpone(postpone);
        }
        for cancel in advance.cancelled {
            self.staged.cancel(&cancel);
        }
        for command in advance.staged {
            self.staged.stage(command);
        }
    }
}
