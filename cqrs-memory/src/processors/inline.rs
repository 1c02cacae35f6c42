//! Which generations the appends write themselves, and how that begins and ends: P1, P4.

use cqrs_core::ports::append::Append;
use cqrs_core::ports::documents::DocumentWrite;
use cqrs_core::ports::processors::GenerationState;
use cqrs_core::words::event::EventName;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::position::Position;

use super::Processors;
use super::generation::GenerationEntry;
use crate::log::Log;

impl Processors {
    /// Whether these are just the inline generations that the events of the append mean, and are inline all of them.
    pub(crate) fn are_inline(&self, append: &Append, given: &[GenerationId]) -> bool {
        let is_given = |entry: &GenerationEntry| given.contains(&entry.row.of);
        let mut meant = self
            .generations
            .values()
            .filter(|entry| entry.means(append));
        let all_given = meant.all(is_given);
        let inline = |of: &GenerationId| {
            let entry = self.generations.get(of);
            entry.is_some_and(|entry| entry.row.state == GenerationState::Inline)
        };
        all_given && given.iter().all(inline)
    }

    /// Leaves to the runners what is inline and means these events, from the end of the log on.
    pub(crate) fn leave_inline<'a>(
        &mut self,
        names: &(impl Iterator<Item = &'a EventName> + Clone),
        end: Position,
    ) {
        for entry in self.generations.values_mut() {
            if names.clone().any(|name| entry.inline_names.contains(name)) {
                entry.leave_inline(end);
            }
        }
    }

    /// Makes a generation inline; `None`: not yet, since it has not seen everything.
    pub(crate) fn go_inline(
        &mut self,
        of: &GenerationId,
        names: &[EventName],
        log: &Log,
    ) -> Option<bool> {
        let live = self.running(&of.processor).live.map(|row| row.of);
        let Some(entry) = self.generations.get_mut(of) else {
            return Some(false);
        };
        match entry.row.state {
            GenerationState::Retired => return Some(false),
            GenerationState::Inline => return Some(true),
            GenerationState::Building | GenerationState::Live => {}
        }
        if entry.parked.count() > 0 {
            return Some(false);
        }
        if log.has_after(names, entry.hindmost()) {
            return None;
        }
        entry.come_to(log.end());
        entry.row.state = GenerationState::Inline;
        entry.inline_names = names.to_vec();
        if let Some(live) = live.filter(|live| live != of)
            && let Some(live) = self.generations.get_mut(&live)
        {
            live.leave_inline(log.end());
            live.row.state = GenerationState::Retired;
        }
        Some(true)
    }

    pub(crate) fn write_documents(&mut self, of: &GenerationId, documents: Vec<DocumentWrite>) {
        if let Some(entry) = self.generations.get_mut(of) {
            for document in documents {
                entry.write(document);
            }
        }
    }
}

impl GenerationEntry {
    fn means(&self, append: &Append) -> bool {
        self.row.state == GenerationState::Inline
            && append
                .events()
                .any(|event| self.inline_names.contains(&event.name))
    }

    /// Up to where readers have seen it at most.
    pub(super) fn seen(&self, log: &Log) -> Position {
        match self.row.state {
            GenerationState::Inline => log.last_of(&self.inline_names),
            _ => self.furthest(),
        }
    }

    /// What the appends have written is seen: the runners go on after it.
    pub(super) fn leave_inline(&mut self, end: Position) {
        if self.row.state == GenerationState::Inline {
            self.come_to(end);
            self.row.state = GenerationState::Live;
            self.inline_names.clear();
        }
    }

    /// Moves all checkpoints, and takes the partitions from whoever holds them: a step that is on its way is stale.
    fn come_to(&mut self, end: Position) {
        for entry in &mut self.partitions {
            entry.checkpoint = entry.checkpoint.max(end);
            entry.epoch = entry.epoch.next();
            entry.owner = None;
        }
    }
}
