//! A stream's version, and what an append expects it to be.

use serde::{Deserialize, Serialize};

use super::error::InvalidWord;
use super::stream::StreamId;

/// How many events a stream has, and the place of an event in it: 1, 2, 3 … without gaps. 0 is a stream without events.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u64", into = "u64")]
pub struct StreamVersion(u64);

impl StreamVersion {
    /// A stream that has no events.
    pub const NONE: Self = Self(0);

    /// The version of a stream's first event.
    pub const FIRST: Self = Self(1);

    /// The greatest version: what the databases' 64-bit integers hold.
    pub const MAX: Self = Self(i64::MAX.unsigned_abs());

    /// The version with this number.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`] when the number is greater than [`StreamVersion::MAX`].
    pub fn new(number: u64) -> Result<Self, InvalidWord> {
        if number > Self::MAX.0 {
            return Err(InvalidWord::new(
                "stream version",
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

    /// The version after `events` more events; it stays at [`StreamVersion::MAX`].
    #[must_use]
    pub const fn after(self, events: usize) -> Self {
        let sum = self.0.saturating_add(events as u64);
        if sum > Self::MAX.0 {
            Self::MAX
        } else {
            Self(sum)
        }
    }
}

impl TryFrom<u64> for StreamVersion {
    type Error = InvalidWord;

    fn try_from(number: u64) -> Result<Self, Self::Error> {
        Self::new(number)
    }
}

impl TryFrom<i64> for StreamVersion {
    type Error = InvalidWord;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        u64::try_from(number).map(Self).map_err(|_| {
            InvalidWord::new(
                "stream version",
                &number.to_string(),
                "it must not be negative",
            )
        })
    }
}

impl From<StreamVersion> for u64 {
    fn from(version: StreamVersion) -> Self {
        version.0
    }
}

impl std::fmt::Display for StreamVersion {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Where an append expects a stream to be. There is no default: the caller decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpectedVersion {
    /// Wherever it is.
    Any,
    /// It has no events.
    NoStream,
    /// It has at least one event.
    StreamExists,
    /// It has exactly this version.
    Exact(StreamVersion),
}

impl ExpectedVersion {
    /// The expectation of a decision that was made at `version`.
    #[must_use]
    pub const fn at(version: StreamVersion) -> Self {
        if version.0 == 0 {
            Self::NoStream
        } else {
            Self::Exact(version)
        }
    }

    /// Whether a stream at `actual` is as expected.
    #[must_use]
    pub fn is_met_by(self, actual: StreamVersion) -> bool {
        match self {
            Self::Any => true,
            Self::NoStream => actual == StreamVersion::NONE,
            Self::StreamExists => actual != StreamVersion::NONE,
            Self::Exact(version) => actual == version,
        }
    }
}

impl std::fmt::Display for ExpectedVersion {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => formatter.write_str("any version"),
            Self::NoStream => formatter.write_str("no stream"),
            Self::StreamExists => formatter.write_str("a stream that exists"),
            Self::Exact(version) => version.fmt(formatter),
        }
    }
}

/// A stream is not where an append expected it: somebody else was faster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stream {stream} is at version {actual}, expected {expected}: load it and decide again")]
pub struct VersionConflict {
    /// The stream.
    pub stream: StreamId,
    /// Where the append expected it.
    pub expected: ExpectedVersion,
    /// Where it is.
    pub actual: StreamVersion,
}

#[cfg(test)]
mod tests {
    use super::{ExpectedVersion, StreamVersion, VersionConflict};

    #[test]
    fn each_expectation_is_met_by_what_it_says() {
        let (none, four) = (StreamVersion::NONE, StreamVersion::new(4).unwrap());
        let met = |expected: ExpectedVersion| (expected.is_met_by(none), expected.is_met_by(four));
        assert_eq!(met(ExpectedVersion::Any), (true, true));
        assert_eq!(met(ExpectedVersion::NoStream), (true, false));
        assert_eq!(met(ExpectedVersion::StreamExists), (false, true));
        assert_eq!(met(ExpectedVersion::Exact(four)), (false, true));
    }

    #[test]
    fn a_conflict_says_what_to_do() {
        let conflict = VersionConflict {
            stream: "account-7".parse().unwrap(),
            expected: ExpectedVersion::Exact(StreamVersion::new(3).unwrap()),
            actual: StreamVersion::new(4).unwrap(),
        };
        assert_eq!(
            conflict.to_string(),
            "stream account-7 is at version 4, expected 3: load it and decide again"
        );
    }
}
