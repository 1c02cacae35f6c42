//! How many rows a page asks for.

use crate::postgres::Inner;

/// A page of so many events, and one row more, which says whether the page is the last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    pub(crate) events: usize,
    pub(crate) rows: i64,
}

impl Inner {
    /// A page that is asked to be longer than the limit is cut, and one of no events has one: a reader always comes on.
    pub(crate) fn page(&self, asked: usize) -> Page {
        let events = asked.min(self.limits.events_per_page).max(1);
        let rows = i64::try_from(events).map_or(i64::MAX, |events| events.saturating_add(1));
        Page { events, rows }
    }
}

impl Page {
    /// Takes away the row too many, and says whether there was none.
    pub(crate) fn cut<R>(self, rows: &mut Vec<R>) -> bool {
        let is_last = rows.len() <= self.events;
        rows.truncate(self.events);
        is_last
    }

    /// Whether so many events are half of the page, or more.
    pub(crate) const fn is_at_least_half(self, found: usize) -> bool {
        found.saturating_mul(2) >= self.events
    }

    /// How many events the page still has room for.
    pub(crate) const fn left(self, found: usize) -> usize {
        self.events.saturating_sub(found)
    }
}
