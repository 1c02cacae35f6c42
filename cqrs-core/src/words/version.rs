//! A stream's version, and what an append expects it to be.

use super::number::number_word;
use super::stream::StreamId;

number_word! {
    /// How many events a stream has, and the place of an event in it: 1, 2, 3 … without gaps. 0 is a stream without
    /// events.
    StreamVersion, "stream version"
}

impl StreamVersion {
    /// A stream that has no events.
    pub const NONE: Self = Self(0);

    /// The version of a stream's first event.
    pub const FIRST: Self = Self(1);

    /// The version after `events` more events; it stays at `MAX`.
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
