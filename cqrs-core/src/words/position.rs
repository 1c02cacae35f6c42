//! A position: an event's place in the whole log.

use serde::{Deserialize, Serialize};

use super::error::InvalidWord;

/// An event's place in the whole log. Positions rise in the order in which readers see events; they have gaps.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u64", into = "u64")]
pub struct Position(u64);

impl Position {
    /// Before the first event. No event has this position.
    pub const START: Self = Self(0);

    /// The greatest position: what the databases' 64-bit integers hold.
    pub const MAX: Self = Self(i64::MAX.unsigned_abs());

    /// The position with this number.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`] when the number is greater than [`Position::MAX`].
    pub fn new(number: u64) -> Result<Self, InvalidWord> {
        if number > Self::MAX.0 {
            return Err(InvalidWord::new(
                "position",
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
}

impl TryFrom<u64> for Position {
    type Error = InvalidWord;

    fn try_from(number: u64) -> Result<Self, Self::Error> {
        Self::new(number)
    }
}

impl TryFrom<i64> for Position {
    type Error = InvalidWord;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        u64::try_from(number).map(Self).map_err(|_| {
            InvalidWord::new("position", &number.to_string(), "it must not be negative")
        })
    }
}

impl From<Position> for u64 {
    fn from(position: Position) -> Self {
        position.0
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}
