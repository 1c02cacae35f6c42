//! The rows that were refused: some for people, all for a spreadsheet.

use std::io::Write;

use super::count::grouped;
use super::table::{Align, table};
use crate::refused::RefusedRow;

/// How many are shown.
pub const SHOWN: usize = 20;

/// The first refused rows by line, and how many more there are.
#[must_use]
pub fn refused(refused: &[RefusedRow], all_are_written: bool) -> String {
    let more = refused.len().saturating_sub(SHOWN);
    let head = ["line", "case", "reason"].map(str::to_owned).to_vec();
    let rows = refused.iter().take(SHOWN).map(|row| {
        let case = if row.case.is_empty() {
            "(none)"
        } else {
            &row.case
        };
        vec![
            row.line.to_string(),
            case.to_owned(),
            row.refusal.to_string(),
        ]
    });
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let text = table(&[Align::Right, Align::Left, Align::Left], &rows);
    if more == 0 {
        return text;
    }
    let more = grouped(more.try_into().unwrap_or(u64::MAX));
    let hint = if all_are_written {
        ""
    } else {
        "; --refused FILE writes them all"
    };
    format!("{text}  … and {more} more{hint}\n")
}

/// All refused rows as CSV: line, case, reason.
///
/// A text that a spreadsheet would take for a formula gets a `'` before it.
///
/// # Errors
///
/// When `output` can't be written.
pub fn write(refused: &[RefusedRow], output: impl Write) -> csv::Result<()> {
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record(["line", "case", "reason"])?;
    for row in refused {
        let (line, reason) = (row.line.to_string(), row.refusal.to_string());
        writer.write_record([&line, &harmless(&row.case), &harmless(&reason)])?;
    }
    writer.flush()?;
    Ok(())
}

fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
