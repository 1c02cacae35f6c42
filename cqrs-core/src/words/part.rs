//! A part: which of the events that one recorded event is read as.

use std::num::NonZeroU32;

/// Which of the events that one recorded event is read as: number 1 of 1, unless an upcaster made several of it.
///
/// All parts have the position and the version of the recorded event. A checkpoint stands before all of them or behind all
/// of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    number: NonZeroU32,
    of: NonZeroU32,
}

impl Part {
    /// The only one.
    pub const WHOLE: Self = Self {
        number: NonZeroU32::MIN,
        of: NonZeroU32::MIN,
    };

    /// The part with this number, from 1, of so many; `None` when there is no such part.
    #[must_use]
    pub const fn new(number: u32, of: u32) -> Option<Self> {
        match (NonZeroU32::new(number), NonZeroU32::new(of)) {
            (Some(number), Some(of)) if number.get() <= of.get() => Some(Self { number, of }),
            _ => None,
        }
    }

    /// Its number: 1, 2, 3 ….
    #[must_use]
    pub const fn number(self) -> u32 {
        self.number.get()
    }

    /// How many there are, also those that a set of events does not have.
    #[must_use]
    pub const fn of(self) -> u32 {
        self.of.get()
    }

    /// Whether the recorded event is read as this one event.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.of.get() == 1
    }
}

impl Default for Part {
    fn default() -> Self {
        Self::WHOLE
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "part {} of {}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::Part;

    #[test]
    fn a_part_has_a_number_from_one_to_how_many_there_are() {
        assert_eq!(Part::new(1, 1), Some(Part::WHOLE));
        assert_eq!(Part::new(3, 3).unwrap().to_string(), "part 3 of 3");
        assert!(
            [(0, 1), (1, 0), (4, 3)]
                .iter()
                .all(|(number, of)| Part::new(*number, *of).is_none())
        );
    }
}
