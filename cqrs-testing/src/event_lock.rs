//! The event lock: a file beside the code that has every event that was ever recorded, its shape, and samples of it. A
//! change of the code that the recorded events do not survive fails a test, before it fails in production.
//!
//! ```
//! # use cqrs_core::prelude::*;
//! # #[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
//! # pub enum AccountEvent {
//! #     #[event(name = "account.opened")]
//! #     Opened { owner: String },
//! # }
//! # mod tests {
//! # use super::AccountEvent;
//! cqrs_testing::event_lock_test!("events.lock", [AccountEvent]);
//! # }
//! # fn main() {}
//! ```
//!
//! The test fails when
//!
//! - the shape of an event has changed and its version has not;
//! - an event of the file does not decode any more: its name or its version is gone, an alias, a `previous` or an upcaster is
//!   missing, or its samples do not fit the types;
//! - an event is not in the file yet;
//! - a type inside of an event is not described, so that nobody could say whether it has changed.
//!
//! `CQRS_ACCEPT_EVENTS=1 cargo test` writes what the code says now into the file, for a person to review. What does
//! not decode is never accepted. An event that was never recorded where it matters is taken back by deleting its lines.
//!
//! # The file
//!
//! Sorted by name and version, one line for each field, and below it the samples, each a JSON text behind `=`. Nothing is removed
//! by the test: samples of an earlier shape of the same version stay.

mod declared;
mod file;
mod verdict;

use std::path::Path;

use cqrs_core::encoding::event::EventSet;

use declared::Declared;
pub use declared::LockedSet;
use file::LockFile;

/// The variable that makes the test write the file.
const ACCEPT: &str = "CQRS_ACCEPT_EVENTS";

/// Makes a test of the event lock in this file, which stands beside the `Cargo.toml` of the package, over these sets of
/// events. Their events and the previous versions of them are locked; list the sets that are recorded.
#[macro_export]
macro_rules! event_lock_test {
    ($file:literal, [$($set:ty),+ $(,)?]) => {
        #[test]
        fn recorded_events_are_still_read() {
            $crate::event_lock::test(
                concat!(env!("CARGO_MANIFEST_DIR"), "/", $file),
                &[$($crate::event_lock::LockedSet::of::<$set>()),+],
            );
        }
    };
}

/// What [`event_lock_test!`](crate::event_lock_test) calls.
///
/// # Panics
///
/// When the code and the file do not go together.
pub fn test(path: &str, sets: &[LockedSet]) {
    let accept = std::env::var_os(ACCEPT).is_some_and(|value| value == "1");
    if let Err(message) = check(Path::new(path), sets, accept) {
        panic!("{message}");
    }
}

/// Compares the code with the file; writes the file when `accept` says so and nothing stands in the way.
///
/// # Errors
///
/// What does not go together, for a person to read.
pub fn check(path: &Path, sets: &[LockedSet], accept: bool) -> Result<(), String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("{name} can't be read: {error}")),
    };
    match compare(&name, &text, sets, accept)? {
        Some(text) => {
            std::fs::write(path, text).map_err(|error| format!("{name} can't be written: {error}"))
        }
        None => Ok(()),
    }
}

/// Compares the code with the text of a file: the new text when something is accepted, nothing when nothing has changed.
///
/// # Errors
///
/// What does not go together, for a person to read.
pub fn compare(
    file: &str,
    text: &str,
    sets: &[LockedSet],
    accept: bool,
) -> Result<Option<String>, String> {
    let mut locked = LockFile::parse(text).map_err(|error| format!("{file}, {error}"))?;
    let declared = Declared::of(sets)?;
    let verdict = verdict::of(file, &locked, &declared, sets);
    verdict.into_result(accept, ACCEPT)?;
    let changed = locked.take(&declared);
    Ok(changed.then(|| locked.to_string()))
}

impl LockedSet {
    /// This set.
    #[must_use]
    pub fn of<E: EventSet>() -> Self {
        Self::new::<E>()
    }
}
