//! Reading the whole log: F1 to F4.

use async_trait::async_trait;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::read_log::{LogPage, LogRead, ReadLog};
use cqrs_core::words::filter::Filter;
use cqrs_core::words::position::Position;

use crate::postgres::{Inner, Postgres};
use crate::probes::Probes;
use crate::row;
use crate::sqlstate::store_error;

#[async_trait]
impl ReadLog for Postgres {
    /// One round trip where the page is full or `through` is a position that this process knows to be settled, since
    /// what is settled stays so; otherwise another one finds the end of the log first.
    async fn read_log(&self, request: LogRead) -> Result<LogPage, StoreError> {
        let inner = &self.inner;
        let asked = request.through.unwrap_or(Position::MAX);
        let known = inner.feed.known().min(asked);
        if known > request.after {
            let page = inner.log_page(&request, request.after, known).await?;
            if known == asked || !page.is_last {
                return Ok(page);
            }
        }
        let end = inner.feed.ask().await?.settled.min(asked);
        if end <= request.after {
            return Ok(LogPage {
                events: Vec::new(),
                through: request.after,
                is_last: true,
            });
        }
        inner.log_page(&request, request.after, end).await
    }
}

impl Inner {
    /// A page of what is settled.
    async fn log_page(
        &self,
        request: &LogRead,
        after: Position,
        end: Position,
    ) -> Result<LogPage, StoreError> {
        let page = self.page(request.limit);
        let mut rows = self
            .log_rows(&request.filter, after, end, page.rows)
            .await?;
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
        filter: &Filter,
        after: Position,
        end: Position,
        rows: i64,
    ) -> Result<Vec<sqlx::postgres::PgRow>, StoreError> {
        let (after, end) = (after.as_i64(), end.as_i64());
        let statement = if filter.is_all() {
            sqlx::query(self.statements.read_log.clone())
                .bind(after)
                .bind(end)
                .bind(rows)
        } else {
            let probes = Probes::of(filter);
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
