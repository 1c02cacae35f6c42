//! The fields of one line, read as what they are: numbers, amounts, codes, a time.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike};

use super::columns::{Column, Columns};
use super::error::RowError;
use crate::activity::Activity;
use crate::cents::Cents;
use crate::dismissal::Dismissal;
use crate::fine::event::BusinessTime;
use crate::fine::id::FineId;
use crate::shown::shown;

/// How many characters a code has at most.
pub(super) const LONGEST_CODE: usize = 40;

const COLUMNS: usize = Column::ALL.len();

/// The fields of one line, checked to be text without control characters.
pub(super) struct Fields<'a> {
    texts: [&'a str; COLUMNS],
}

impl<'a> Fields<'a> {
    pub(super) fn new(columns: &Columns, record: &'a csv::ByteRecord) -> Result<Self, RowError> {
        let (expected, actual) = (columns.width(), record.len());
        if expected != actual {
            return Err(RowError::FieldCount { expected, actual });
        }
        let mut texts = [""; COLUMNS];
        for (text, column) in texts.iter_mut().zip(Column::ALL) {
            let bytes = record.get(columns.place(column)).unwrap_or_default();
            *text = std::str::from_utf8(bytes).map_err(|_| RowError::NotUtf8 { column })?;
            if text.chars().any(char::is_control) {
                return Err(RowError::ControlCharacter { column });
            }
        }
        Ok(Self { texts })
    }

    pub(super) const fn texts(&self) -> &[&'a str; COLUMNS] {
        &self.texts
    }

    const fn text(&self, column: Column) -> &'a str {
        self.texts[column as usize]
    }

    fn optional(&self, column: Column) -> Option<&'a str> {
        Some(self.text(column)).filter(|text| !text.is_empty())
    }

    fn required(&self, column: Column) -> Result<&'a str, RowError> {
        self.optional(column).ok_or(RowError::Missing { column })
    }

    pub(super) fn fine_id(&self) -> Result<FineId, RowError> {
        Ok(self.required(Column::Case)?.parse()?)
    }

    pub(super) fn activity(&self) -> Result<Activity, RowError> {
        let name = self.required(Column::Activity)?;
        Activity::named(name).ok_or_else(|| RowError::UnknownActivity { shown: shown(name) })
    }

    /// The log has no activities that only began.
    pub(super) fn check_completed(&self) -> Result<(), RowError> {
        match self.optional(Column::Transition) {
            None | Some("complete") => Ok(()),
            Some(other) => Err(RowError::NotComplete {
                shown: shown(other),
            }),
        }
    }

    /// Money in a column where the activity has none would be lost without a word.
    pub(super) fn check_money(&self, activity: Activity) -> Result<(), RowError> {
        let own: &[Column] = match activity {
            Activity::CreateFine | Activity::AddPenalty => &[Column::Amount],
            Activity::SendFine => &[Column::Expense],
            Activity::Payment => &[Column::PaymentAmount],
            _ => &[],
        };
        for column in [Column::Amount, Column::Expense, Column::PaymentAmount] {
            match self.optional(column) {
                Some(text) if !own.contains(&column) => {
                    return Err(RowError::Misplaced {
                        column,
                        activity,
                        shown: shown(text),
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn amount(&self, column: Column) -> Result<Cents, RowError> {
        self.optional_amount(column)?
            .ok_or(RowError::Missing { column })
    }

    pub(super) fn optional_amount(&self, column: Column) -> Result<Option<Cents>, RowError> {
        let Some(text) = self.optional(column) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|source| RowError::Amount {
            column,
            shown: shown(text),
            source,
        })
    }

    /// A whole number, which the log writes with a decimal: `157.0`.
    pub(super) fn optional_number(&self, column: Column) -> Result<Option<u32>, RowError> {
        let Some(text) = self.optional(column) else {
            return Ok(None);
        };
        let whole = text.strip_suffix(".0").unwrap_or(text);
        let number = Some(whole)
            .filter(|whole| whole.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|whole| whole.parse().ok());
        number.map(Some).ok_or_else(|| RowError::Number {
            column,
            shown: shown(text),
        })
    }

    pub(super) fn optional_code(&self, column: Column) -> Result<Option<String>, RowError> {
        let Some(text) = self.optional(column) else {
            return Ok(None);
        };
        let fits = text.len() <= LONGEST_CODE;
        if fits && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(Some(text.to_owned()))
        } else {
            Err(RowError::Code {
                column,
                shown: shown(text),
            })
        }
    }

    /// An empty field means that nothing was dismissed.
    pub(super) fn dismissal(&self) -> Result<Dismissal, RowError> {
        let Some(text) = self.optional(Column::Dismissal) else {
            return Ok(Dismissal::No);
        };
        text.parse().map_err(|source| RowError::Dismissal {
            shown: shown(text),
            source,
        })
    }

    pub(super) fn time(&self) -> Result<BusinessTime, RowError> {
        let text = self.required(Column::Time)?;
        let time = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%:z")
            .or_else(|_| DateTime::parse_from_rfc3339(text))
            .map_err(|_| unreadable_time(text))?;
        if time.nanosecond() >= 1_000_000_000 {
            return Err(unreadable_time(text));
        }
        if (1900..=2100).contains(&time.year()) {
            Ok(time)
        } else {
            Err(RowError::Year { shown: shown(text) })
        }
    }
}

fn unreadable_time(text: &str) -> RowError {
    let shown = shown(text);
    let local = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"]
        .iter()
        .any(|form| NaiveDateTime::parse_from_str(text, form).is_ok())
        || NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok();
    if local {
        RowError::NoZone { shown }
    } else {
        RowError::Time { shown }
    }
}
