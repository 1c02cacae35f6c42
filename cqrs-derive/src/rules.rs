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
