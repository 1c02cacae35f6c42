//! How many aggregates stay in memory.

/// How many aggregates of one kind stay in memory after a command, so that the next one need not load them.
///
/// What is kept is a guess that every append checks: when somebody else has written, the append fails, the stream is
/// read again and the command decided again. Nobody is told no on a kept state that was not compared with the stream.
///
/// Both limits hold at once, for each kind of aggregate. The one that was used least lately and least often goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "give it to `.cache(…)` of the builder"]
pub struct AggregateCache {
    pub(super) aggregates: usize,
    pub(super) bytes: u64,
    pub(super) keeps_states: bool,
}

impl Default for AggregateCache {
    /// 10,000 aggregates and 64 MiB for each kind.
    fn default() -> Self {
        Self {
            aggregates: 10_000,
            bytes: 64 << 20,
            keeps_states: true,
        }
    }
}

impl AggregateCache {
    /// Keeps none: each command loads its aggregate.
    pub fn off() -> Self {
        Self {
            keeps_states: false,
            ..Self::default()
        }
    }

    /// At most so many aggregates of each kind; 0 counts as 1.
    pub fn aggregates(mut self, aggregates: usize) -> Self {
        self.aggregates = aggregates.max(1);
        self
    }

    /// At most so many bytes for each kind.
    ///
    /// ### Note: an estimate
    /// An aggregate counts with the size of its type and the bytes of the payloads that were folded into it. One that
    /// folds many events into few fields takes less than that, one that keeps text twice takes more. None counts with more than
    /// a 64th of the limit: a long stream mostly folds into a small state.
    pub fn bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }
}
