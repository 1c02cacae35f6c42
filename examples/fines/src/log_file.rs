//! A file of the log: its rows by case, and the lines that are no rows.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::fine::id::FineId;
use crate::refused::{Refusal, RefusedRow};
use crate::row::Row;
use crate::row::columns::{Column, Columns, HeaderError};
use crate::row::key::Content;
use crate::row::lines::{Line, Lines};
use crate::shown::shown;

/// What a file says: the rows of each case in the order of the file, which is the order in which they happened.
///
/// Rows of one case need not be together. Where their times contradict their order, the order counts: the log is written
/// as things were recorded, and days have no hours in it.
#[derive(Debug, Default)]
pub struct LogFile {
    /// The rows of each case, cases in the order of their first rows.
    pub cases: Vec<Vec<Row>>,
    /// The lines that are no rows.
    pub refused: Vec<RefusedRow>,
    /// How many lines it has after the first that are not blank.
    pub rows: u64,
}

/// A file that can't be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It can't be opened or read.
    #[error("can't read {}", .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It has no line.
    #[error("{} is empty", .path.display())]
    Empty {
        /// Which file.
        path: PathBuf,
    },
    /// Its first line is no line of CSV.
    #[error("{} does not begin with a line of column names", .path.display())]
    NoHeader {
        /// Which file.
        path: PathBuf,
        /// What is wrong with the line.
        source: crate::row::error::RowError,
    },
    /// Its first line does not name the columns.
    #[error("{} is not in the format of the log", .path.display())]
    Header {
        /// Which file.
        path: PathBuf,
        /// What is wrong with the line.
        source: HeaderError,
    },
}

impl LogFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`FileError`] when it can't be read, or does not begin with the names of the columns. A bad row is no error: it
    /// is in [`refused`](Self::refused).
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let unreadable = |source| FileError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.is_dir() {
            return Err(unreadable(io::ErrorKind::IsADirectory.into()));
        }
        Self::read_from(BufReader::with_capacity(1 << 20, file), path)
    }

    fn read_from(input: impl BufRead, path: &Path) -> Result<Self, FileError> {
        let unreadable = |source| FileError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let path_buf = || path.to_owned();
        let mut lines = Lines::new(input);
        let header = match lines.next().transpose().map_err(unreadable)? {
            Some(Line { fields, .. }) => fields.map_err(|source| FileError::NoHeader {
                path: path_buf(),
                source,
            })?,
            None => return Err(FileError::Empty { path: path_buf() }),
        };
        let columns = Columns::find(&header).map_err(|source| FileError::Header {
            path: path_buf(),
            source,
        })?;
        let mut sorting = Sorting::default();
        for line in lines {
            sorting.take(&columns, line.map_err(unreadable)?);
        }
        Ok(sorting.log)
    }
}

/// Puts rows to their cases, and counts those that are equal.
#[derive(Default)]
struct Sorting {
    log: LogFile,
    places: HashMap<FineId, usize>,
    occurrences: HashMap<Content, u32>,
}

impl Sorting {
    fn take(&mut self, columns: &Columns, line: Line) {
        self.log.rows += 1;
        let case = case_of(columns, &line);
        let number = line.number;
        let row = line
            .fields
            .and_then(|fields| Row::read(number, columns, &fields));
        match row {
            Ok(row) => self.keep(row),
            Err(error) => self.log.refused.push(RefusedRow {
                line: number,
                case,
                refusal: Refusal::Form(error),
            }),
        }
    }

    fn keep(&mut self, mut row: Row) {
        let occurrences = self.occurrences.entry(row.content).or_default();
        *occurrences += 1;
        row.occurrence = *occurrences;
        let next = self.log.cases.len();
        let place = *self.places.entry(row.fine.clone()).or_insert(next);
        if place == next {
            self.log.cases.push(vec![row]);
        } else {
            self.log.cases[place].push(row);
        }
    }
}

/// The case of a line as far as one can tell, for people.
fn case_of(columns: &Columns, line: &Line) -> String {
    let place = columns.place(Column::Case);
    let bytes = line
        .fields
        .as_ref()
        .ok()
        .and_then(|fields| fields.get(place));
    let text = String::from_utf8_lossy(bytes.unwrap_or_default());
    match text.parse::<FineId>() {
        Ok(fine) => fine.to_string(),
        Err(_) if text.is_empty() => String::new(),
        Err(_) => shown(&text),
    }
}
