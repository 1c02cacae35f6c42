//! The staged commands of one generation, by when they are due: P6.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use cqrs_core::ports::advance::CancelTimer;
use cqrs_core::ports::parked::ParkedRequest;
use cqrs_core::ports::staged::{DueCommands, DuePage, ListUnsent, PostponeCommand, StagedCommand};
use cqrs_core::words::partition::Partition;
use cqrs_core::words::position::Position;
use cqrs_core::words::staged::StagedId;

/// The order in which commands are sent.
type Turn = (DateTime<Utc>, Position, u32, StagedId);

#[derive(Debug, Default)]
pub(crate) struct Staged {
    commands: HashMap<StagedId, StagedCommand>,
    /// Of those that are not parked.
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
        self.put(StagedCommand {
            is_parked: false,
            request: None,
            ..command
        });
    }

    fn put(&mut self, command: StagedCommand) {
        if !command.is_parked {
            self.turns.insert(turn(&command));
        }
        self.commands.insert(command.id, command);
    }

    pub(super) fn forget(&mut self, id: &StagedId) -> Option<StagedCommand> {
        let command = self.commands.remove(id)?;
        self.turns.remove(&turn(&command));
        Some(command)
    }

    pub(super) fn postpone(&mut self, postpone: PostponeCommand) {
        if let Some(mut command) = self.forget(&postpone.id) {
            command.attempts = postpone.attempts;
            command.error = Some(postpone.error);
            if command.request != Some(ParkedRequest::Discard) {
                command.due_at = postpone.due_at.unwrap_or(command.due_at);
                command.is_parked = postpone.due_at.is_none();
                command.request = None;
            }
            self.put(command);
        }
    }

    pub(super) fn ask(
        &mut self,
        id: Option<StagedId>,
        request: ParkedRequest,
        now: DateTime<Utc>,
    ) -> u64 {
        let meant: Vec<_> = self
            .commands
            .values()
            .filter(|command| command.attempts > 0 && id.is_none_or(|id| id == command.id))
            .map(|command| command.id)
            .collect();
        for id in &meant {
            if let Some(mut command) = self.forget(id) {
                command.due_at = now;
                command.is_parked = false;
                command.request = Some(request);
                self.put(command);
            }
        }
        meant.len() as u64
    }

    /// Whether somebody asks for something in one of these partitions.
    pub(super) fn is_asked(&self, partitions: &HashSet<Partition>) -> bool {
        let mut commands = self.commands.values();
        commands.any(|command| command.request.is_some() && partitions.contains(&command.partition))
    }

    pub(crate) fn unsent(&self, request: &ListUnsent) -> Vec<StagedCommand> {
        let order = |command: &StagedCommand| (command.position, command.id);
        let mut unsent: Vec<_> = self
            .commands
            .values()
            .filter(|command| command.attempts > 0)
            .filter(|command| request.after.is_none_or(|after| order(command) > after))
            .cloned()
            .collect();
        unsent.sort_by_key(order);
        unsent.truncate(request.limit.max(1));
        unsent
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

    pub(super) fn parked_count(&self) -> usize {
        self.commands
            .values()
            .filter(|command| command.is_parked)
            .count()
    }

    pub(super) fn count(&self) -> usize {
        self.commands.len()
    }
}

fn turn(command: &StagedCommand) -> Turn {
    (command.due_at, command.position, command.number, command.id)
}
