//! Whether a fine was dismissed, and by whom.

use serde::{Deserialize, Serialize};

/// Whether a fine was dismissed, and by whom. Nothing is due for a fine that was.
///
/// The log writes a code: `NIL`, or one character. `#` and `G` are explained by those who published it; of the others,
/// `A` or `I` for instance, they say that they exist. The sample has them on fines that nobody was asked to pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Dismissal {
    /// `NIL`: it was not.
    #[default]
    No,
    /// `#`: by the prefecture.
    ByPrefecture,
    /// `G`: by a judge.
    ByJudge,
    /// Another code, which the publishers do not explain.
    Otherwise(char),
}

/// A text that is no code of a dismissal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is neither NIL nor one visible character")]
pub struct InvalidDismissal;

impl Dismissal {
    /// Whether the fine was dismissed.
    #[must_use]
    pub const fn is_dismissed(self) -> bool {
        !matches!(self, Self::No)
    }
}

impl std::str::FromStr for Dismissal {
    type Err = InvalidDismissal;

    fn from_str(code: &str) -> Result<Self, InvalidDismissal> {
        let mut characters = code.chars();
        match (code, characters.next(), characters.next()) {
            ("NIL", ..) => Ok(Self::No),
            ("#", ..) => Ok(Self::ByPrefecture),
            ("G", ..) => Ok(Self::ByJudge),
            (_, Some(code), None) if code.is_ascii_graphic() => Ok(Self::Otherwise(code)),
            _ => Err(InvalidDismissal),
        }
    }
}

impl TryFrom<String> for Dismissal {
    type Error = InvalidDismissal;

    fn try_from(code: String) -> Result<Self, InvalidDismissal> {
        code.parse()
    }
}

impl From<Dismissal> for String {
    fn from(dismissal: Dismissal) -> Self {
        match dismissal {
            Dismissal::No => "NIL".into(),
            Dismissal::ByPrefecture => "#".into(),
            Dismissal::ByJudge => "G".into(),
            Dismissal::Otherwise(code) => code.into(),
        }
    }
}

/// In words: `dismissed by the prefecture`.
impl std::fmt::Display for Dismissal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::No => formatter.write_str("not dismissed"),
            Self::ByPrefecture => formatter.write_str("dismissed by the prefecture"),
            Self::ByJudge => formatter.write_str("dismissed by a judge"),
            Self::Otherwise(code) => write!(formatter, "dismissed (code {code})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Dismissal;

    #[test]
    fn codes_read_back_as_they_were_written() {
        for code in ["NIL", "#", "G", "A", "@"] {
            let dismissal: Dismissal = code.parse().unwrap();
            assert_eq!(String::from(dismissal), code);
            assert_eq!(dismissal.is_dismissed(), code != "NIL");
        }
    }

    #[test]
    fn other_texts_are_no_codes() {
        for code in ["", "nil", "AB", " ", "\0", "é"] {
            assert!(code.parse::<Dismissal>().is_err(), "{code:?}");
        }
    }
}
