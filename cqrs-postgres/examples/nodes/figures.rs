//! What came of the nodes.

use std::time::Duration;

use crate::gaps::Gap;
use crate::program::comparison::Comparison;

/// How much later than the end of a lease another node may take over.
const GRACE: Duration = Duration::from_secs(1);

/// The figures.
#[derive(Debug)]
pub(crate) struct Figures {
    pub nodes: usize,
    pub lease: Duration,
    /// Until others had the partitions of a node that stood still, at worst.
    pub takeover: Duration,
    /// The longest that a partition stood still then.
    pub stopped: Gap,
    /// How many writes in the epochs of nodes that stood still were refused, after others had taken over: all of them.
    pub refused: u64,
    /// How many writes of the nodes themselves were refused as stale, by their metric: as many as were under way.
    pub stale: u64,
    /// The longest that a partition stood still in a rolling restart.
    pub rolling: Gap,
    pub comparison: Comparison,
}

impl Figures {
    /// Everything is as the log says, and no write of a node that stood still was recorded. On any machine.
    pub(crate) fn is_correct(&self) -> bool {
        self.refused > 0 && self.comparison.is_good()
    }

    /// As fast as a machine is that has nothing else to do.
    pub(crate) fn is_in_time(&self) -> bool {
        self.longest() <= self.lease + GRACE && self.rolling.time <= self.lease
    }

    /// The longest that anything stood still.
    pub(crate) fn longest(&self) -> Duration {
        self.takeover.max(self.stopped.time).max(self.rolling.time)
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} nodes, lease {} ms: takeover {} ms, longest standstill {} when a node stops and {} in a rolling restart, \
             {} writes in their epochs refused, {} of their own, {}",
            self.nodes,
            self.lease.as_millis(),
            self.takeover.as_millis(),
            self.stopped,
            self.rolling,
            self.refused,
            self.stale,
            self.comparison,
        )
    }
}
