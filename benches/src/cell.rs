//! One thing to measure: who does what, with how many tasks, on what.

use bench_harness::Work;
use serde::{Deserialize, Serialize};

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
    /// What the report calls the contender.
    pub(crate) contender: String,
    /// What the program calls it.
    #[serde(skip)]
    pub(crate) variant: String,
    /// Which program it is.
    #[serde(skip)]
    pub(crate) program: usize,
    /// How often it is measured.
    #[serde(skip)]
    pub(crate) rounds: u32,
}

impl Cell {
    /// Everything but the contender: the rows that are compared with each other.
    pub(crate) fn group(&self) -> (Work, u32, u64, u32, usize) {
        (self.work, self.length, self.log, self.nodes, self.tasks)
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
        Ok(())
    }
}
