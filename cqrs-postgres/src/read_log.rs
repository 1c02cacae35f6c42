//! Reading the whole log: F1 to F4.

use async_trait::async_trait;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::read_log::{LogPage, LogRead, ReadLog};
use cqrs_core::words::position::Position;

use crate::postgres::{Inner, Postgres};
use crate::probes::Probes;
use crate::row;
use crate::sqlstate::store_error;

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

impl Inner {
    /// A page of what is settled.
    async fn log_page(&self, request: &LogRead, end: Position) -> Result<LogPage, StoreError> {
        let page = self.page(request.limit);
        let mut rows = self.log_rows(request, end, page.rows).await?;
        let is_last = page.cut(&mut rows);
        let events = row::events(&rows)?;
        let through = match events.last() {
            Some(last) if !is_last => last.position,
            // Nothing that matches is left up to the end, so the reader need not look at it again (F4).
            _ => end,
        };
        Ok(LogPage {
            events,
            through,
            is_last,
        })
    }

    async fn log_rows(
        &self,
        request: &LogRead,
        end: Position,
        rows: i64,
    ) -> Result<Vec<sqlx::postgres::PgRow>, StoreError> {
        let (after, end) = (request.after.as_i64(), end.as_i64());
        let statement = if request.filter.is_all() {
            sqlx::query(self.statements.read_log.clone())
                .bind(after)
                .bind(end)
                .bind(rows)
        } else {
            let probes = Probes::of(&request.filter);
            sqlx::query(self.statements.read_log_filtered.clone())
                .bind(after)
                .bind(end)
                .bind(rows)
                .bind(probes.kinds)
                .bind(probes.values)
                .bind(probes.categories)
                .bind(probes.names)
                .bind(probes.tags)
        };
        self.session.rows(statement).await.map_err(store_error)
    }
}
