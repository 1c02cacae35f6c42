//! The rules of names, as `cqrs-core` has them, checked here so that the mistake is shown at the user's literal.

use syn::{Error, LitInt, LitStr, Result};

/// The rule of `EventName`.
pub(crate) fn event_name(name: LitStr) -> Result<LitStr> {
    let rule = "an event name has 1 to 128 ASCII letters, digits, `.`, `_` and `-`, and begins with a letter, for instance `account.opened`";
    check(name, |text| is_name(text, 128, "._-"), rule)
}

/// The rule of `Category`.
pub(crate) fn category(name: LitStr) -> Result<LitStr> {
    let rule = "the name of an aggregate has 1 to 64 ASCII letters, digits, `.` and `_`, and begins with a letter, for instance `account`";
    check(name, |text| is_name(text, 64, "._"), rule)
}

/// What may stand before the `:` of a `Tag`, with room for a value behind it.
pub(crate) fn tag_key(key: LitStr) -> Result<LitStr> {
    let rule = "the key of a tag has 1 to 64 ASCII letters, digits, `.`, `_` and `-`, and begins with a letter, for instance `customer`";
    check(key, |text| is_name(text, 64, "._-"), rule)
}

/// What a command is called in spans, metrics and receipts.
pub(crate) fn command_name(name: LitStr) -> Result<LitStr> {
    let rule = "the name of a command has 1 to 128 characters, none of them white space or a control character";
    let follows = |text: &str| {
        let bad = |c: char| c.is_whitespace() || c.is_control();
        (1..=128).contains(&text.chars().count()) && !text.contains(bad)
    };
    check(name, follows, rule)
}

/// The rule of `SchemaVersion`.
pub(crate) fn schema_version(version: &LitInt) -> Result<u32> {
    version
        .base10_parse()
        .ok()
        .filter(|number| (1..=i32::MAX.unsigned_abs()).contains(number))
        .ok_or_else(|| {
            Error::new_spanned(
                version,
                "a schema version is from 1 to 2147483647; the first shape of an event is version 1",
            )
        })
}

fn check(name: LitStr, follows: impl Fn(&str) -> bool, rule: &str) -> Result<LitStr> {
    if follows(&name.value()) {
        Ok(name)
    } else {
        Err(Error::new_spanned(name, rule))
    }
}

fn is_name(text: &str, most: usize, extra: &str) -> bool {
    text.len() <= most
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
}

#[cfg(test)]
mod tests {
    use cqrs_core::words::event::{EventName, SchemaVersion};
    use cqrs_core::words::stream::Category;
    use cqrs_core::words::tag::Tag;
    use proc_macro2::Span;
    use syn::{LitInt, LitStr};

    use super::{category, event_name, schema_version, tag_key};

    fn texts() -> Vec<String> {
        let mut texts: Vec<String> = [
            "", "a", "Z9", "9a", "a.b", "a-b", "a_b", ".a", "a b", "ä", "a\0",
        ]
        .map(String::from)
        .to_vec();
        texts.extend([64, 65, 128, 129].map(|length| "a".repeat(length)));
        texts
    }

    #[test]
    fn names_follow_the_rules_of_the_core() {
        for text in texts() {
            let literal = || LitStr::new(&text, Span::call_site());
            let is_event_name = EventName::new(text.as_str()).is_ok();
            assert_eq!(event_name(literal()).is_ok(), is_event_name, "{text:?}");
            let is_category = Category::new(text.as_str()).is_ok();
            assert_eq!(category(literal()).is_ok(), is_category, "{text:?}");
            if tag_key(literal()).is_ok() {
                assert!(Tag::of(&text, 7).is_ok(), "{text:?}");
            }
        }
    }

    #[test]
    fn schema_versions_follow_the_rule_of_the_core() {
        for number in [0, 1, 2_147_483_647, 2_147_483_648, u32::MAX] {
            let literal = LitInt::new(&number.to_string(), Span::call_site());
            let is_version = SchemaVersion::new(number).is_ok();
            assert_eq!(schema_version(&literal).is_ok(), is_version, "{number}");
        }
    }
}
