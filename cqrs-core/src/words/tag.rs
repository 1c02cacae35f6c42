//! A tag: what an event is about, besides its stream.

use super::text::{rule, word};

word! {
    /// What an event is about besides its stream, for instance `customer:42`. The log can be filtered by it, and an
    /// append can be made to depend on it.
    ///
    /// Rule: 1 to 200 bytes of UTF-8 without white space and control characters.
    Tag, "tag", check = rule::check_key
}

impl Tag {
    /// The tag `key:value`.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`](super::error::InvalidWord) when the two together break the rule.
    pub fn of(key: &str, value: impl std::fmt::Display) -> Result<Self, super::error::InvalidWord> {
        Self::new(format!("{key}:{value}"))
    }
}
