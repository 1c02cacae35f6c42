//! Counting what is behind: F4.

use async_trait::async_trait;
use cqrs_core::ports::count_log::{CountLog, LogCount};
use cqrs_core::ports::error::{BoxError, StoreError};
use cqrs_core::ports::read_log::LogRead;
use cqrs_core::words::position::Position;
use sqlx::postgres::PgRow;

use crate::postgres::Postgres;
use crate::probes::Probes;
use crate::sqlstate::store_error;
use crate::{row, value};

#[async_trait]
impl CountLog for Postgres {
    /// Up to what is settled: a second round trip, unless `through` is known to be.
    async fn count_log(&self, request: LogRead) -> Result<LogCount, StoreError> {
        let inner = &self.inner;
        let asked = request.through.unwrap_or(Position::MAX);
        let end = if asked <= inner.feed.known() {
            asked
        } else {
            inner.feed.ask().await?.settled.min(asked)
        };
        let end = end.max(request.after);
        let limit = i64::try_from(request.limit.max(1)).unwrap_or(i64::MAX - 1);
        let probes = Probes::of(&request.filter);
        let statement = sqlx::query(inner.statements.count_log.clone())
            .bind(request.after.as_i64())
            .bind(end.as_i64())
            .bind(limit.saturating_add(1))
            .bind(probes.kinds)
            .bind(probes.values)
            .bind(probes.categories)
            .bind(probes.names)
            .bind(probes.tags);
        let row = inner.session.row(statement).await.map_err(store_error)?;
        count(&row, limit, end).map_err(|source| StoreError::Corrupt {
            what: "a count of events".to_owned(),
            source,
        })
    }
}

fn count(row: &PgRow, limit: i64, end: Position) -> Result<LogCount, BoxError> {
    let rows = value::bigint(row, 0)?;
    let is_last = rows <= limit;
    let first_recorded_at = match value::bytes(row, 1)? {
        Some(_) => Some(row::moment(row, 1)?),
        None => None,
    };
    let through = if is_last {
        end
    } else {
        Position::try_from(value::bigint(row, 2)?)?
    };
    Ok(LogCount {
        events: u64::try_from(rows.min(limit))?,
        first_recorded_at,
        through,
        is_last,
    })
}
