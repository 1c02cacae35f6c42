//! A position: an event's place in the whole log.

use super::number::number_word;

number_word! {
    /// An event's place in the whole log. Positions rise in the order in which readers see events; they have gaps.
    Position, "position"
}

impl Position {
    /// Before the first event. No event has this position.
    pub const START: Self = Self(0);

    /// A position that is written in code, for instance as the start of a processor.
    ///
    /// # Panics
    ///
    /// When it does not fit the databases' 64-bit integers. In a constant, the compiler says so.
    #[must_use]
    pub const fn from_static(number: u64) -> Self {
        assert!(
            number <= Self::MAX.get(),
            "a position is at most 9,223,372,036,854,775,807"
        );
        Self(number)
    }
}
