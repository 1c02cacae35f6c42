//! From where a processor starts.

use super::position::Position;

/// From where a processor starts when it has never run. Later it goes on from its checkpoints.
///
/// ### Note: rebuilding
/// A rebuild, and the build of a raised version, start where the code then says. What starts now starts again where its
/// first build did: the store keeps what the end of the log was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StartFrom {
    /// With the first event that was ever recorded.
    Beginning,
    /// With what is recorded from now on, which is when a program first says so of this processor.
    Now,
    /// With the first event after this position.
    After(Position),
}

impl StartFrom {
    /// The same, but nothing up to this position. What is recorded from now on is what comes after what is there.
    #[must_use]
    pub fn not_before(self, position: Position) -> Self {
        match self {
            Self::Beginning if position == Position::START => self,
            Self::Beginning => Self::After(position),
            Self::Now => Self::Now,
            Self::After(own) => Self::After(own.max(position)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_before_a_position_begins_after_it_or_later() {
        let at = |number| Position::new(number).unwrap();
        for (start, position, expected) in [
            (StartFrom::Beginning, Position::START, StartFrom::Beginning),
            (StartFrom::Beginning, at(7), StartFrom::After(at(7))),
            (StartFrom::After(at(5)), at(7), StartFrom::After(at(7))),
            (StartFrom::After(at(9)), at(7), StartFrom::After(at(9))),
            (StartFrom::Now, at(7), StartFrom::Now),
        ] {
            assert_eq!(start.not_before(position), expected, "{start:?}");
        }
    }
}
