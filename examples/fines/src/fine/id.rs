//! What identifies a fine: the case id of the log.

use cqrs_core::domain::aggregate::AggregateId;
use cqrs_core::words::error::InvalidWord;
use cqrs_core::words::stream::StreamKey;

use crate::shown::shown;

/// The number of a fine: 1 to 40 ASCII letters and digits, as in `A17641`.
///
/// `#[derive(AggregateId)]` would take anything that can be a stream key. This has a rule of its own, stricter, since
/// case ids come from outside; so it says by hand what the derive would say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FineId(String);

/// A text that is no fine's number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{shown} is no fine's number: it must have 1 to {} letters and digits",
    FineId::LONGEST
)]
pub struct InvalidFineId {
    shown: String,
}

impl FineId {
    /// How many characters a number has at most.
    pub const LONGEST: usize = 40;

    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AggregateId for FineId {
    fn stream_key(&self) -> Result<StreamKey, InvalidWord> {
        StreamKey::new(self.as_str())
    }
}

impl std::str::FromStr for FineId {
    type Err = InvalidFineId;

    fn from_str(text: &str) -> Result<Self, InvalidFineId> {
        let fits = (1..=Self::LONGEST).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(Self(text.to_owned()))
        } else {
            let shown = shown(text);
            Err(InvalidFineId { shown })
        }
    }
}

impl std::fmt::Display for FineId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::FineId;

    #[test]
    fn letters_and_digits_are_a_number() {
        for text in ["A17641", "P990", "7", &"X".repeat(40)] {
            assert_eq!(text.parse::<FineId>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn anything_else_is_refused_and_shown_safely() {
        for text in [
            "",
            "A 1",
            "A\u{7}1",
            "=cmd()",
            "Å1",
            "A-1",
            &"X".repeat(500),
        ] {
            let error = text.parse::<FineId>().unwrap_err().to_string();
            assert!(!error.contains('\u{7}') && error.len() < 150, "{error}");
        }
    }
}
