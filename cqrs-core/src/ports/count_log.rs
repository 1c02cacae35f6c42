//! The port through which events are counted that nobody wants to read.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::error::StoreError;
use super::read_log::LogRead;
use crate::words::position::Position;

/// Counts the events that a processor has not seen.
///
/// # Guarantees
///
/// - F4: the filter works in the store, and no event leaves it. The count says of a [`LogRead`] what a page would say that
///   [`read_log`](super::read_log::ReadLog::read_log) returns for it, if that were as long as was asked for: a store may make shorter ones, and
///   a count has no limits of the store (`f4_a_count_says_what_the_page_would`).
#[async_trait]
pub trait CountLog: Send + Sync {
    /// Counts the events of a page.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn count_log(&self, request: LogRead) -> Result<LogCount, StoreError>;
}

/// How many events there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogCount {
    /// How many match, at most as many as were asked for.
    pub events: u64,
    /// When the first of them was recorded.
    pub first_recorded_at: Option<DateTime<Utc>>,
    /// Up to here nothing that matches is missing in the count.
    pub through: Position,
    /// Whether that is where the log ends (or where `through` asked to end). Otherwise there are more than were counted.
    pub is_last: bool,
}
