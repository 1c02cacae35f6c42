//! A generation: one build of a processor's state.

use serde::{Deserialize, Serialize};

use super::error::InvalidWord;
use super::processor::ProcessorName;

/// One build of a processor's state: 1, 2, 3 …. A rebuild makes the next one beside the live one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Generation(u32);

impl Generation {
    /// The first build. Event handlers and process managers have no other.
    pub const FIRST: Self = Self(1);

    /// The generation with this number.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`] when the number is 0 or does not fit the databases' 32-bit integers.
    pub fn new(number: u32) -> Result<Self, InvalidWord> {
        if number == 0 || number > i32::MAX.unsigned_abs() {
            return Err(InvalidWord::new(
                "generation",
                &number.to_string(),
                "it must be from 1 to 2,147,483,647",
            ));
        }
        Ok(Self(number))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number as the databases' 32-bit integer, which always holds it.
    #[must_use]
    pub const fn as_i32(self) -> i32 {
        self.0.cast_signed()
    }

    /// The generation after this one; it stays at the greatest.
    #[must_use]
    pub const fn next(self) -> Self {
        if self.0 < i32::MAX.unsigned_abs() {
            Self(self.0 + 1)
        } else {
            self
        }
    }
}

impl TryFrom<u32> for Generation {
    type Error = InvalidWord;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        Self::new(number)
    }
}

impl TryFrom<i32> for Generation {
    type Error = InvalidWord;

    fn try_from(number: i32) -> Result<Self, Self::Error> {
        Self::new(u32::try_from(number).unwrap_or_default())
    }
}

impl From<Generation> for u32 {
    fn from(generation: Generation) -> Self {
        generation.0
    }
}

impl std::fmt::Display for Generation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// One generation of one processor, written `name#2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GenerationId {
    /// The processor.
    pub processor: ProcessorName,
    /// Which build of it.
    pub generation: Generation,
}

impl GenerationId {
    /// This generation of this processor.
    #[must_use]
    pub const fn new(processor: ProcessorName, generation: Generation) -> Self {
        Self {
            processor,
            generation,
        }
    }
}

impl std::fmt::Display for GenerationId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}#{}", self.processor, self.generation)
    }
}
