//! An epoch: which taking of a lease it is.

use super::error::InvalidWord;

/// Counts how often a partition was taken by a node: 0 when nobody ever has. What a node writes carries the epoch in which
/// it holds the partition, so that a node which lost it without knowing can't write any more (promise P2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(u64);

impl Epoch {
    /// Nobody has taken the partition yet.
    pub const NONE: Self = Self(0);

    /// The epoch with this number.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`] when the number does not fit the databases' 64-bit integers.
    pub fn new(number: u64) -> Result<Self, InvalidWord> {
        if number > i64::MAX.unsigned_abs() {
            return Err(InvalidWord::new(
                "epoch",
                &number.to_string(),
                "it must be at most 9,223,372,036,854,775,807",
            ));
        }
        Ok(Self(number))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number as the databases' 64-bit integer, which always holds it.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0.cast_signed()
    }

    /// The epoch of the next taking.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl TryFrom<i64> for Epoch {
    type Error = InvalidWord;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        u64::try_from(number)
            .map(Self)
            .map_err(|_| InvalidWord::new("epoch", &number.to_string(), "it must not be negative"))
    }
}

impl std::fmt::Display for Epoch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}
