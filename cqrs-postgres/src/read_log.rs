//! Reading the whole log: F1 to F4.

use async_trait::async_trait;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::read_log::{LogPage, LogRead, ReadLog};
use cqrs_core::words::event::RecordedEvent;
use cqrs_core::words::filter::{Filter, FilterItem};
use cqrs_core::words::position::Position;

use crate::page::Page;
use crate::postgres::{Inner, Postgres};
use crate::probes::Probes;
use crate::row;

#[async_trait]
impl ReadLog for Postgres {
    /// First what this process knows to be settled, since that stays so: one round trip where the page is full then, or
    /// `through` is such a position. Otherwise a second one asks for the end of the log, and a third reads what is new.
    async fn read_log(&self, request: LogRead) -> Result<LogPage, StoreError> {
        let inner = &self.inner;
        let asked = request.through.unwrap_or(Position::MAX);
        let known = inner.feed.known().min(asked);
        let mut page = LogPage {
            events: Vec::new(),
            through: request.after,
            is_last: true,
        };
        if known > request.after {
            page = inner.log_page(&request, known).await?;
            if known == asked || !page.is_last {
                return Ok(page);
            }
        }
        let end = inner.feed.ask().await?.settled.min(asked);
        if end <= page.through {
            return Ok(page);
        }
        let rest = LogRead {
            after: page.through,
            limit: request.limit.max(1).saturating_sub(page.events.len()),
            ..request
        };
        if rest.limit == 0 {
            page.is_last = false;
            return Ok(page);
        }
        let rest = inner.log_page(&rest, end).await?;
        page.events.extend(rest.events);
        Ok(LogPage {
            events: page.events,
            ..rest
        })
    }
}

/// How many positions a scan looks at for each event that is asked for, before the indexes of a filter are asked instead.
const SPAN: u64 = 4;

impl Inner {
    /// A page of what is settled.
    async fn log_page(&self, request: &LogRead, end: Position) -> Result<LogPage, StoreError> {
        let page = self.page(request.limit);
        if request.filter.is_all() {
            let statement = sqlx::query(self.statements.read_log.clone())
                .bind(request.after.as_i64())
                .bind(end.as_i64())
                .bind(page.rows);
            return Ok(through(
                end,
                page,
                row::events(&self.session, statement).await?,
            ));
        }
        let Some(item) = scannable(&request.filter) else {
            return self.probed(request, page, end).await;
        };
        // Where most events match, looking at all of them in a row costs a fraction of finding each one by an index.
        let near = near(request, page, end);
        let events = self.scanned(request, item, page, near).await?;
        let found = events.len();
        let mut near_page = through(near, page, events);
        let is_full = found > near_page.events.len();
        if is_full || near == end {
            return Ok(near_page);
        }
        near_page.is_last = false;
        if page.is_at_least_half(found) {
            return Ok(near_page);
        }
        let rest = LogRead {
            after: near,
            limit: page.left(found),
            ..request.clone()
        };
        let rest = self.probed(&rest, self.page(rest.limit), end).await?;
        near_page.events.extend(rest.events);
        Ok(LogPage {
            events: near_page.events,
            ..rest
        })
    }

    async fn scanned(
        &self,
        request: &LogRead,
        item: &FilterItem,
        page: Page,
        near: Position,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let statement = sqlx::query(self.statements.read_log_scanned.clone())
            .bind(request.after.as_i64())
            .bind(near.as_i64())
            .bind(page.rows)
            .bind(words(item.categories()))
            .bind(words(item.names()));
        row::events(&self.session, statement).await
    }

    /// A page by the indexes of the filter, however rare its events are.
    async fn probed(
        &self,
        request: &LogRead,
        page: Page,
        end: Position,
    ) -> Result<LogPage, StoreError> {
        let probes = Probes::of(&request.filter);
        let statement = sqlx::query(self.statements.read_log_filtered.clone())
            .bind(request.after.as_i64())
            .bind(end.as_i64())
            .bind(page.rows)
            .bind(probes.kinds)
            .bind(probes.values)
            .bind(probes.categories)
            .bind(probes.names)
            .bind(probes.tags);
        Ok(through(
            end,
            page,
            row::events(&self.session, statement).await?,
        ))
    }
}

/// Up to where a scan for this page looks.
fn near(request: &LogRead, page: Page, end: Position) -> Position {
    let span = SPAN.saturating_mul(page.rows.unsigned_abs());
    let near = request.after.get().saturating_add(span);
    Position::new(near).map_or(end, |near| near.min(end))
}

/// The page of these events, of which there is one too many unless they are all up to the end.
fn through(end: Position, page: Page, mut events: Vec<RecordedEvent>) -> LogPage {
    let is_last = page.cut(&mut events);
    let through = match events.last() {
        Some(last) if !is_last => last.position,
        // Nothing that matches is left up to the end, so the reader need not look at it again (F4).
        _ => end,
    };
    LogPage {
        events,
        through,
        is_last,
    }
}

/// What a scan can compare: categories and names. Events with a tag are mostly rare, and always found by one index.
fn scannable(filter: &Filter) -> Option<&FilterItem> {
    match filter.items() {
        [item] if item.tags().is_empty() => Some(item),
        _ => None,
    }
}

fn words<W: AsRef<str>>(words: &[W]) -> Option<Vec<&str>> {
    (!words.is_empty()).then(|| words.iter().map(AsRef::as_ref).collect())
}
