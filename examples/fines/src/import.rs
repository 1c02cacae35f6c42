//! The import: each row becomes a command, once, however often the file is imported.
//!
//! Rows of one case go one after the other, different cases side by side, so that a store on the network is kept busy.

mod case;
mod delivery;

use cqrs_core::ports::error::BoxError;
use cqrs_core::runtime::app::Cqrs;
use futures::{StreamExt, TryStreamExt, stream};

use crate::fine::id::FineId;
use crate::log_file::LogFile;
use crate::refused::RefusedRow;

/// How many cases are imported side by side.
pub const SIDE_BY_SIDE: usize = 64;

/// What became of the rows of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// How many rows there were.
    pub rows: u64,
    /// How many became events now.
    pub recorded: u64,
    /// How many had become events before, by an earlier import.
    pub known: u64,
    /// Those that were refused, by line.
    pub refused: Vec<RefusedRow>,
}

/// The store failed. Importing the file again goes on where this stopped.
#[derive(Debug, thiserror::Error)]
#[error("line {line}, fine {fine}: the import stopped; the same command goes on from here")]
#[non_exhaustive]
pub struct ImportError {
    /// The line of the file.
    pub line: u64,
    /// Which fine it is about.
    pub fine: FineId,
    /// What failed.
    pub source: BoxError,
}

impl Import {
    /// How many rows are events now: recorded by this import or an earlier one.
    #[must_use]
    pub const fn accepted(&self) -> u64 {
        self.recorded + self.known
    }

    fn add(&mut self, case: Self) {
        self.recorded += case.recorded;
        self.known += case.known;
        self.refused.extend(case.refused);
    }
}

/// Imports a file. After each case `progress` hears how many rows it had.
///
/// # Errors
///
/// [`ImportError`] when the store fails, which is not the fault of a row.
pub async fn import(
    cqrs: &Cqrs,
    file: LogFile,
    mut progress: impl FnMut(u64),
) -> Result<Import, ImportError> {
    let mut total = Import {
        rows: file.rows,
        refused: file.refused,
        ..Import::default()
    };
    let mut cases = stream::iter(file.cases)
        .map(|rows| case::import(cqrs, rows))
        .buffer_unordered(SIDE_BY_SIDE);
    while let Some(case) = cases.try_next().await? {
        progress(case.rows);
        total.add(case);
    }
    total.refused.sort_by_key(|refused| refused.line);
    Ok(total)
}
