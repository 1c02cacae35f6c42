//! A stream: the events of one aggregate, named by its category and its key.

use serde::{Deserialize, Serialize};

use super::error::InvalidWord;
use super::text::{Text, rule, static_word, word};

word! {
    /// What kind of thing a stream is about, for instance `account`.
    ///
    /// Rule: 1 to 64 ASCII letters, digits, `_` and `.`, beginning with a letter. No `-`, which ends it in a [`StreamId`].
    Category, "category", check = check_category
}
static_word!(Category, "category", check = check_category);

const fn check_category(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some(rule::EMPTY)
    } else if text.len() > 64 {
        Some("it must have at most 64 characters")
    } else if !rule::is_name(text, b"._") {
        Some("it must begin with a letter and have only ASCII letters, digits, `.` and `_`")
    } else {
        None
    }
}

word! {
    /// Which one of its category a stream is about, for instance an account's number.
    ///
    /// Rule: 1 to 200 bytes of UTF-8 without white space and control characters.
    StreamKey, "stream key", check = rule::check_key
}

impl StreamKey {
    /// The text, shared.
    pub(super) fn text(&self) -> Text {
        self.0.clone()
    }
}

/// Names one stream: a category and a key, written `category-key`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StreamId {
    category: Category,
    key: StreamKey,
}

impl StreamId {
    /// The stream of this category with this key.
    #[must_use]
    pub const fn new(category: Category, key: StreamKey) -> Self {
        Self { category, key }
    }

    /// What kind of thing the stream is about.
    #[must_use]
    pub const fn category(&self) -> &Category {
        &self.category
    }

    /// Which one of its category it is about.
    #[must_use]
    pub const fn key(&self) -> &StreamKey {
        &self.key
    }
}

impl std::fmt::Display for StreamId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}-{}", self.category, self.key)
    }
}

impl std::str::FromStr for StreamId {
    type Err = InvalidWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (category, key) = text.split_once('-').ok_or_else(|| {
            InvalidWord::new(
                "stream id",
                text,
                "it must be a category and a key with `-` between them",
            )
        })?;
        Ok(Self::new(category.parse()?, key.parse()?))
    }
}

impl TryFrom<String> for StreamId {
    type Error = InvalidWord;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<StreamId> for String {
    fn from(stream: StreamId) -> Self {
        stream.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::StreamId;

    #[test]
    fn reads_back_what_it_writes_also_with_hyphens_in_the_key() {
        for text in ["account-7", "bank.account-a-b-c", "account-Ünïcode/7"] {
            assert_eq!(text.parse::<StreamId>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses_what_is_no_category_and_key() {
        for text in [
            "",
            "account",
            "-7",
            "account-",
            "7-account",
            "account-a b",
            "account-\0",
        ] {
            assert!(text.parse::<StreamId>().is_err(), "{text:?}");
        }
    }
}
