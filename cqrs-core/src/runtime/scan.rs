//! Goes through the log as it is at the start, a page at a time.

use super::app::Cqrs;
use crate::ports::error::StoreError;
use crate::ports::read_log::{LogPage, LogRead};
use crate::ports::store::SharedStore;
use crate::words::filter::Filter;
use crate::words::position::Position;

/// Goes through the log, up to the end that it has when the last page is read, or up to a position.
pub(super) struct Scan {
    store: SharedStore,
    filter: Filter,
    page: usize,
    after: Position,
    through: Option<Position>,
    is_done: bool,
}

impl Scan {
    pub(super) fn new(cqrs: &Cqrs, filter: Filter) -> Self {
        Self {
            store: cqrs.store().clone(),
            filter,
            page: cqrs.page(),
            after: Position::START,
            through: None,
            is_done: false,
        }
    }

    /// Begins after this position.
    pub(super) const fn after(mut self, after: Position) -> Self {
        self.after = after;
        self
    }

    /// Not past this position, whether the log has come there or not.
    pub(super) fn through(mut self, through: Position) -> Self {
        self.through = Some(through);
        self
    }

    pub(super) const fn page(mut self, events: usize) -> Self {
        self.page = events;
        self
    }

    /// Where it ends, as far as anybody knows.
    pub(super) fn end(&self) -> Position {
        let end = self.store.watch().position().max(self.after);
        self.through.map_or(end, |through| through.min(end))
    }

    /// Up to here everything was read.
    pub(super) const fn position(&self) -> Position {
        self.after
    }

    /// The next page; `None` at the end. After an error it can be asked again.
    pub(super) async fn next(&mut self) -> Result<Option<LogPage>, StoreError> {
        if self.is_done || self.through.is_some_and(|through| through <= self.after) {
            return Ok(None);
        }
        let mut request = LogRead::after(self.after)
            .filter(self.filter.clone())
            .limit(self.page);
        // A store must not be asked to stop where no watch has come yet.
        let settled = self.store.watch().position();
        if let Some(through) = self.through.filter(|through| *through <= settled) {
            request = request.through(through);
        }
        let mut page = self.store.read_log(request).await?;
        if let Some(through) = self.through.filter(|through| *through < page.through) {
            page.events.retain(|event| event.position <= through);
            page.is_last = true;
        }
        self.after = page.through;
        self.is_done = page.is_last;
        Ok(Some(page))
    }
}
