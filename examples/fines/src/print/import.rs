//! What became of the rows of a file, for people.

use super::count::{counted, grouped};
use super::table::{Align, table};
use crate::import::Import;

/// The rows of a file, those that were accepted, and those that were not.
#[must_use]
pub fn import(import: &Import) -> String {
    let refused = import.refused.len().try_into().unwrap_or(u64::MAX);
    let known = match (import.known, import.recorded) {
        (0, _) => String::new(),
        (_, 0) => "all of them known from an earlier import: nothing changed".to_owned(),
        (known, _) => format!(
            "{} of them known from an earlier import",
            counted(known, "row", "rows")
        ),
    };
    table(
        &[Align::Left, Align::Right, Align::Left],
        &[
            vec!["rows".to_owned(), grouped(import.rows), String::new()],
            vec!["accepted".to_owned(), grouped(import.accepted()), known],
            vec!["refused".to_owned(), grouped(refused), String::new()],
        ],
    )
}
