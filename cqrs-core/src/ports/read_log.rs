//! The port through which the whole log is read.

use async_trait::async_trait;

use super::error::StoreError;
use crate::words::event::RecordedEvent;
use crate::words::filter::Filter;
use crate::words::position::Position;

/// Reads the whole log in the order of its positions, a page at a time.
///
/// # Guarantees
///
/// - F1: a reader that follows positions (`after` is the `through` of the page before) sees every recorded event
///   exactly once, whatever aborts, delays or overlaps.
/// - F2: events of a stream come in version order.
/// - F3: a transaction that has nothing to do with the log never holds the feed back.
/// - F4: the filter works in the store.
#[async_trait]
pub trait ReadLog: Send + Sync {
    /// Reads a page of the log.
    ///
    /// What an append has acknowledged is there for every read that begins later, unless an append that began before
    /// and has lower positions is still in flight: then the log is readable up to there.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn read_log(&self, request: LogRead) -> Result<LogPage, StoreError>;
}

/// Which part of the log to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRead {
    /// The position to begin after: [`Position::START`] for the whole log.
    pub after: Position,
    /// Not past this position, which a [`LogWatch`](super::watch::LogWatch) has shown: it saves the store from looking
    /// for the end of the log. `None` reads up to the end as it is now.
    pub through: Option<Position>,
    /// Which events.
    pub filter: Filter,
    /// The most events of the page, at least 1. A store may return fewer.
    pub limit: usize,
}

/// Part of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPage {
    /// The events that match, by rising position.
    pub events: Vec<RecordedEvent>,
    /// Up to here nothing that matches is missing: read the next page after this position. At least `after`.
    pub through: Position,
    /// Whether the page ends where the log ended (or where `through` asked to end) when it was read.
    pub is_last: bool,
}

impl LogRead {
    /// All events after a position, by pages of at most 1,000.
    #[must_use]
    pub const fn after(after: Position) -> Self {
        Self {
            after,
            through: None,
            filter: Filter::all(),
            limit: 1_000,
        }
    }

    /// Not past this position, which a watch has shown.
    #[must_use]
    pub const fn through(mut self, through: Position) -> Self {
        self.through = Some(through);
        self
    }

    /// Only these events.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// At most so many events.
    #[must_use]
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}
