//! What can be wrong with the form of a row.

use super::columns::Column;
use crate::activity::Activity;
use crate::cents::InvalidAmount;
use crate::dismissal::InvalidDismissal;
use crate::fine::id::InvalidFineId;

/// What is wrong with the form of a row. Texts from the file are cut and escaped in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// The line is longer than any row of the log can be.
    #[error("the line is longer than {} bytes", super::lines::LONGEST)]
    LineTooLong,
    /// A quoted field does not end.
    #[error("a quoted field does not end on its line")]
    QuoteNotClosed,
    /// The line has more or fewer fields than the first line.
    #[error("the line has {actual} fields, the first line has {expected}")]
    FieldCount {
        /// How many the first line has.
        expected: usize,
        /// How many this line has.
        actual: usize,
    },
    /// A field is no text.
    #[error("{column} is not valid UTF-8")]
    NotUtf8 {
        /// Which field.
        column: Column,
    },
    /// A field has NUL or another control character.
    #[error("{column} has a control character")]
    ControlCharacter {
        /// Which field.
        column: Column,
    },
    /// The case is no fine's number.
    #[error(transparent)]
    Case(#[from] InvalidFineId),
    /// The log has no such activity.
    #[error("{shown} is no activity of the log")]
    UnknownActivity {
        /// What the row says.
        shown: String,
    },
    /// The activity was not completed, so nothing happened yet.
    #[error("the activity is not complete: lifecycle:transition is {shown}")]
    NotComplete {
        /// What the row says.
        shown: String,
    },
    /// The activity needs a value that is not there.
    #[error("{column} is missing")]
    Missing {
        /// Which field.
        column: Column,
    },
    /// The activity has nothing to do with a sum that is there.
    #[error("{activity} has no {column}, but the row says {shown}")]
    Misplaced {
        /// Which field.
        column: Column,
        /// What the row is about.
        activity: Activity,
        /// What the row says.
        shown: String,
    },
    /// An amount is no amount.
    #[error("{column} is {shown}: {source}")]
    Amount {
        /// Which field.
        column: Column,
        /// What the row says.
        shown: String,
        /// What is wrong with it.
        source: InvalidAmount,
    },
    /// A number is no number.
    #[error("{column} is {shown}: it is not a whole number like 157 or 157.0")]
    Number {
        /// Which field.
        column: Column,
        /// What the row says.
        shown: String,
    },
    /// A code is too long to be one.
    #[error(
        "{column} is {shown}: a code has at most {} letters and digits",
        super::fields::LONGEST_CODE
    )]
    Code {
        /// Which field.
        column: Column,
        /// What the row says.
        shown: String,
    },
    /// The code of the dismissal is none.
    #[error("dismissal is {shown}: {source}")]
    Dismissal {
        /// What the row says.
        shown: String,
        /// What is wrong with it.
        source: InvalidDismissal,
    },
    /// The time can't be, or nobody writes it so.
    #[error("time:timestamp is {shown}: it is not a time like 2007-07-14 00:00:00+02:00")]
    Time {
        /// What the row says.
        shown: String,
    },
    /// The time does not say in which zone.
    #[error("time:timestamp is {shown}: it does not say in which time zone, as +02:00 would")]
    NoZone {
        /// What the row says.
        shown: String,
    },
    /// The time is before cars or after this program.
    #[error("time:timestamp is {shown}: fines are from 1900 to 2100")]
    Year {
        /// What the row says.
        shown: String,
    },
}
