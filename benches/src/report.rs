//! Everything that a run came to, as it is printed and as it stands in the file.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use crate::contenders::Role;
use crate::goals::{Goal, goals};
use crate::record::{self, Record};
use crate::results::{Series, series};

/// What was measured, and what it says.
#[derive(Debug, Serialize)]
pub(crate) struct Report<'a> {
    #[serde(flatten)]
    pub(crate) record: &'a Record,
    pub(crate) series: Vec<Series>,
    pub(crate) goals: Vec<Goal>,
    /// What is not in the rows, and why.
    pub(crate) not_measured: Vec<String>,
    /// What was recorded and is not what was acknowledged.
    pub(crate) wrong: Vec<String>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(record: &'a Record) -> Self {
        let series = series(record);
        let wrong = series.iter().filter(|series| !series.is_correct());
        Self {
            goals: goals(&series),
            not_measured: not_measured(record, &series),
            wrong: wrong
                .map(|series| format!("{}: {}", series.cell, series.check))
                .collect(),
            series,
            record,
        }
    }

    /// Whether all that our own contenders acknowledged is recorded once. What is wrong with others is only told.
    pub(crate) fn ours_are_correct(&self) -> bool {
        let ours = self
            .series
            .iter()
            .filter(|series| series.cell.role == Role::Ours);
        ours.into_iter().all(Series::is_correct)
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        record::write(path, self)
    }
}

fn not_measured(record: &Record, series: &[Series]) -> Vec<String> {
    let mut lines = record.left_out.clone();
    for series in series {
        let cell = &series.cell;
        let failures = series.failures.iter();
        lines.extend(failures.map(|why| format!("{cell}: failed: {}", why.replace('\n', " "))));
        if series.rates.is_empty() && series.failures.is_empty() {
            lines.push(format!("{cell}: the run ended before its turn"));
        }
    }
    lines
}
