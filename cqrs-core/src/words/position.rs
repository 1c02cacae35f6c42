//! A position: an event's place in the whole log.

use super::number::number_word;

number_word! {
    /// An event's place in the whole log. Positions rise in the order in which readers see events; they have gaps.
    Position, "position"
}

impl Position {
    /// Before the first event. No event has this position.
    pub const START: Self = Self(0);
}
