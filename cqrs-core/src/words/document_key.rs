//! A document key: which document of a read model, which instance of a process manager.

use super::text::{rule, word};

word! {
    /// Which document of a view, which instance of a process manager, or which line of order of an event handler. Events
    /// of one key are processed in order; different keys don't wait for each other.
    ///
    /// Rule: 1 to 200 bytes of UTF-8 without control characters.
    DocumentKey, "document key", check = check
}

fn check(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some(rule::EMPTY)
    } else if text.len() > 200 {
        Some("it must have at most 200 bytes")
    } else if text.chars().any(char::is_control) {
        Some("it must not have control characters")
    } else {
        None
    }
}
