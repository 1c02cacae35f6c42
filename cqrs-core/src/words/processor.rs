//! A processor: a named consumer of the log.

use super::text::{rule, static_word, word};

word! {
    /// The durable name of a view, a projection, an event handler or a process manager: its checkpoints are kept under
    /// it. Never change it once it has run.
    ///
    /// Rule: 1 to 128 ASCII letters, digits, `.`, `_` and `-`, beginning with a letter.
    ProcessorName, "processor name", check = check_name
}
static_word!(ProcessorName, "processor name", check = check_name);

word! {
    /// What a process manager calls one of its timers, to cancel it or to set it again.
    ///
    /// Rule: 1 to 128 ASCII letters, digits, `.`, `_` and `-`, beginning with a letter.
    TimerName, "timer name", check = check_name
}
static_word!(TimerName, "timer name", check = check_name);

const fn check_name(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some(rule::EMPTY)
    } else if text.len() > 128 {
        Some("it must have at most 128 characters")
    } else if !rule::is_name(text, b"._-") {
        Some("it must begin with a letter and have only ASCII letters, digits, `.`, `_` and `-`")
    } else {
        None
    }
}
