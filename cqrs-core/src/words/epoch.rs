//! An epoch: which taking of a lease it is.

use super::number::number_word;

number_word! {
    /// Counts how often a partition was taken by a node: 0 when nobody ever has. What a node writes carries the epoch in which
    /// it holds the partition, so that a node which lost it without knowing can't write any more (promise P2).
    Epoch, "epoch"
}

impl Epoch {
    /// Nobody has taken the partition yet.
    pub const NONE: Self = Self(0);

    /// The epoch of the next taking.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}
