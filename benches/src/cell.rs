//! One thing to measure: who does what, with how many tasks, on what.

use bench_harness::Work;
use serde::{Deserialize, Serialize};

use crate::contenders::Role;

/// What is measured. Everything with the same cell is the same measurement in another round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Cell {
    pub(crate) work: Work,
    /// How many events an account has that is loaded, or the log that is read; 0 where that is no matter.
    pub(crate) length: u32,
    /// How many events the log has before; 0 for an empty one.
    pub(crate) log: u64,
    pub(crate) nodes: u32,
    pub(crate) tasks: usize,
    /// How many times longer than the others it runs: memory that grows shows with time.
    pub(crate) times: u32,
    /// What the report calls the contender.
    pub(crate) contender: String,
    /// Whether it is ours, whose figures the goals are about.
    pub(crate) role: Role,
}

impl Cell {
    /// Everything but the contender: the rows that are compared with each other.
    pub(crate) fn group(&self) -> (Work, u32, u64, u32, usize, u32) {
        (
            self.work,
            self.length,
            self.log,
            self.nodes,
            self.tasks,
            self.times,
        )
    }

    /// One process on an empty log, for the usual time.
    pub(crate) const fn is_plain(&self) -> bool {
        self.nodes == 1 && self.log == 0 && self.times == 1
    }

    /// Whether the run ends when its time is up; else when its work is done.
    pub(crate) const fn is_timed(&self) -> bool {
        !matches!(self.work, Work::Projection | Work::Replay)
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            work,
            contender,
            tasks,
            ..
        } = self;
        write!(formatter, "{work}, {contender}, {tasks} tasks")?;
        if self.length > 0 {
            write!(formatter, ", {} events", self.length)?;
        }
        if self.log > 0 {
            write!(formatter, ", log of {}", self.log)?;
        }
        if self.nodes > 1 {
            write!(formatter, ", {} nodes", self.nodes)?;
        }
        if self.times > 1 {
            write!(formatter, ", {} times as long", self.times)?;
        }
        Ok(())
    }
}

/// A cell, and how it is measured.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) cell: Cell,
    /// What the program calls the contender.
    pub(crate) variant: String,
    /// Which program it is.
    pub(crate) program: usize,
    /// How often it is measured.
    pub(crate) rounds: u32,
}
