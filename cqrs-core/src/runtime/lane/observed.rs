//! What others on this node may see of a lane without its lock.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::LaneState;
use crate::words::partition::Partition;
use crate::words::position::Position;
use crate::words::staged::StagedId;

/// How a processor fares on this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ProcessorState {
    /// It does not run here.
    #[default]
    Idle,
    /// It comes on.
    Running,
    /// The store fails: it tries again by itself.
    Failing,
    /// The error policy has stopped it, until the program starts again.
    Stopped,
}

/// How far the partitions of a lane have come.
pub(in crate::runtime) type Checkpoints = BTreeMap<Partition, Position>;

/// What others may see of a lane.
pub(in crate::runtime) struct Observed {
    /// The checkpoints of the partitions that are held here.
    checkpoints: watch::Sender<Checkpoints>,
    report: Mutex<Report>,
    /// The staged commands of the partitions that are held here that could not be sent again and again.
    stuck: Mutex<HashMap<StagedId, Partition>>,
}

/// How the lane fares.
#[derive(Clone, Debug, Default)]
pub(in crate::runtime) struct Report {
    pub(in crate::runtime) state: ProcessorState,
    pub(in crate::runtime) last_error: Option<String>,
    pub(in crate::runtime) events: u64,
    pub(in crate::runtime) since: Option<DateTime<Utc>>,
}

impl Report {
    /// Takes in what another lane of the same generation says: the worse state of both.
    pub(in crate::runtime) fn add(&mut self, other: Self) {
        let rank = |state| match state {
            ProcessorState::Idle => 0,
            ProcessorState::Running => 1,
            ProcessorState::Failing => 2,
            ProcessorState::Stopped => 3,
        };
        if rank(other.state) > rank(self.state) {
            self.state = other.state;
        }
        self.events += other.events;
        self.since = [self.since, other.since].into_iter().flatten().min();
        self.last_error = self.last_error.take().or(other.last_error);
    }
}

impl Default for Observed {
    fn default() -> Self {
        Self {
            checkpoints: watch::Sender::new(Checkpoints::new()),
            report: Mutex::default(),
            stuck: Mutex::default(),
        }
    }
}

impl Observed {
    pub(super) fn see(&self, state: &LaneState) {
        self.stuck_commands()
            .retain(|_, partition| state.held.contains_key(partition));
        self.checkpoints.send_if_modified(|seen| {
            let same = seen.len() == state.held.len()
                && state
                    .held
                    .iter()
                    .all(|(partition, held)| seen.get(partition) == Some(&held.checkpoint));
            if !same {
                *seen = state
                    .held
                    .iter()
                    .map(|(partition, held)| (*partition, held.checkpoint))
                    .collect();
            }
            !same
        });
    }

    /// Follows the checkpoints of the partitions that are held here.
    pub(in crate::runtime) fn watch(&self) -> watch::Receiver<Checkpoints> {
        self.checkpoints.subscribe()
    }

    /// Looks at the checkpoints of the partitions that are held here.
    pub(in crate::runtime) fn with<T>(&self, look: impl FnOnce(&Checkpoints) -> T) -> T {
        look(&self.checkpoints.borrow())
    }

    /// Whether a partition that is held here has still to come to this position.
    pub(in crate::runtime) fn is_behind(&self, position: Position) -> bool {
        self.with(|seen| seen.values().any(|checkpoint| *checkpoint < position))
    }

    /// Whether it has not made its first step here, or has stopped.
    pub(in crate::runtime) fn is_resting(&self) -> bool {
        self.lock().state == ProcessorState::Idle
    }

    pub(in crate::runtime) fn report(&self) -> Report {
        self.lock().clone()
    }

    pub(in crate::runtime) fn set_state(&self, state: ProcessorState, error: Option<String>) {
        let mut report = self.lock();
        report.state = state;
        if error.is_some() {
            report.last_error = error;
        }
    }

    /// It does not run here any more, unless its policy has stopped it: that stays to be seen.
    pub(in crate::runtime) fn rest(&self) {
        let mut report = self.lock();
        if report.state != ProcessorState::Stopped {
            report.state = ProcessorState::Idle;
        }
    }

    pub(in crate::runtime) fn failed(&self, error: String) {
        self.lock().last_error = Some(error);
    }

    /// A staged command could not be sent again and again.
    pub(super) fn stuck(&self, id: StagedId, partition: Partition) {
        self.stuck_commands().insert(id, partition);
    }

    /// A staged command is no matter any more.
    pub(super) fn sent(&self, id: StagedId) {
        self.stuck_commands().remove(&id);
    }

    /// How many staged commands could not be sent again and again.
    pub(in crate::runtime) fn stuck_count(&self) -> usize {
        self.stuck_commands().len()
    }

    fn stuck_commands(&self) -> std::sync::MutexGuard<'_, HashMap<StagedId, Partition>> {
        self.stuck.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count(&self, events: usize, now: DateTime<Utc>) {
        let mut report = self.lock();
        report.events += events as u64;
        report.since.get_or_insert(now);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
