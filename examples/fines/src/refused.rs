//! A row that was refused: by the form of the log, or by the rules of a fine.

use cqrs_core::words::version::StreamVersion;

use crate::fine::error::FineError;
use crate::row::error::RowError;

/// A row that was refused. The rows after it go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// The line of the file, from 1.
    pub line: u64,
    /// The case as the row has it, safe to show; empty where it has none.
    pub case: String,
    /// Why.
    pub refusal: Refusal,
}

/// Why a row was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The row does not have the form of the log.
    #[error(transparent)]
    Form(RowError),
    /// The same row, field for field, was accepted earlier in the file.
    #[error("the row repeats line {line}")]
    Repeats {
        /// Where it is first.
        line: u64,
    },
    /// The fine was not created before.
    #[error("the fine has not been created yet")]
    Unknown,
    /// The fine was created before.
    #[error("the fine has been created already")]
    CreatedAlready,
    /// The rules say no.
    #[error(transparent)]
    Rule(FineError),
    /// The row would be right at its place, but the fine has more events since then, from elsewhere.
    #[error("the row comes too late: it belongs after event {place} of the fine, which has {now}")]
    TooLate {
        /// How many events the fine has before the row.
        place: StreamVersion,
        /// How many it has now.
        now: StreamVersion,
    },
}
