//! The staged commands of one generation, by when they are due: P6.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use cqrs_core::ports::advance::CancelTimer;
use cqrs_core::ports::staged::{DueCommands, DuePage, PostponeCommand, StagedCommand};
use cqrs_core::words::position::Position;
use cqrs_core::words::staged::StagedId;

/// The order in which commands are sent.
type Turn = (DateTime<Utc>, Position, u32, StagedId);

#[derive(Debug, Default)]
pub(crate) struct Staged {
    commands: HashMap<StagedId, StagedCommand>,
    turns: BTreeSet<Turn>,
}

impl Staged {
    pub(super) fn stage(&mut self, command: StagedCommand) {
        if self.commands.contains_key(&command.id) {
            return;
        }
        if let Some(timer) = &command.timer {
            self.cancel(&CancelTimer {
                key: command.key.clone(),
                timer: Some(timer.clone()),
            });
        }
        self.turns.insert(turn(&command));
        self.commands.insert(command.id, command);
    }

    pub(super) fn forget(&mut self, id: &StagedId) -> Option<StagedCommand> {
        let command = self.commands.remove(id)?;
        self.turns.remove(&turn(&command));
        Some(command)
    }

    pub(super) fn postpone(&mut self, postpone: PostponeCommand) {
        if let Some(mut command) = self.forget(&postpone.id) {
            command.due_at = postpone.due_at;
            command.attempts = postpone.attempts;
            command.error = Some(postpone.error);
            self.turns.insert(turn(&command));
            self.commands.insert(command.id, command);
        }
    }

    pub(super) fn cancel(&mut self, cancel: &CancelTimer) {
        let cancelled: Vec<_> = self
            .commands
            .values()
            .filter(|command| command.is_timer && command.key == cancel.key)
            .filter(|command| cancel.timer.is_none() || command.timer == cancel.timer)
            .map(|command| command.id)
            .collect();
        for id in cancelled {
            self.forget(&id);
        }
    }

    pub(crate) fn due(&self, request: &DueCommands) -> DuePage {
        let partitions: HashSet<_> = request.partitions.iter().collect();
        let mut page = DuePage::default();
        let commands = self
            .turns
            .iter()
            .filter_map(|(.., id)| self.commands.get(id))
            .filter(|command| partitions.contains(&command.partition));
        for command in commands {
            if command.due_at > request.now {
                page.next_due_at = Some(command.due_at);
                break;
            }
            if page.commands.len() < request.limit.max(1) {
                page.commands.push(command.clone());
            }
        }
        page
    }

    pub(super) fn count(&self) -> usize {
        self.commands.len()
    }
}

fn turn(command: &StagedCommand) -> Turn {
    (command.due_at, command.position, command.number, command.id)
}
