//! Parked events: P3.

use async_trait::async_trait;
use cqrs_core::ports::error::{BoxError, StoreError};
use cqrs_core::ports::parked::{
    BlockedKey, ListParked, ParkEvent, ParkedEvent, ParkedEvents, ParkedFailure, ParkedRequest,
};
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::partition::Partition;
use cqrs_core::words::position::Position;
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::postgres::Postgres;
use crate::sqlstate::store_error;

#[async_trait]
impl ParkedEvents for Postgres {
    async fn blocked_keys(
        &self,
        of: &GenerationId,
        partitions: &[Partition],
    ) -> Result<Vec<BlockedKey>, StoreError> {
        let partitions: Vec<_> = partitions.iter().copied().map(i32::from).collect();
        let statement = sqlx::query(self.inner.statements.blocked_keys.clone())
            .bind(of.processor.as_str())
            .bind(of.generation.as_i32())
            .bind(partitions);
        let rows = self.inner.session.rows(statement).await;
        events(of, &rows.map_err(store_error)?)
    }

    async fn list_parked(&self, request: ListParked) -> Result<Vec<ParkedEvent>, StoreError> {
        let statements = &self.inner.statements;
        let statement = match &request.key {
            Some(_) => &statements.list_parked_of_key,
            None => &statements.list_parked,
        };
        let page = self.inner.page(request.limit);
        let (position, key) = match &request.after {
            Some((position, key)) => (position.as_i64(), key.as_str()),
            None => (-1, ""),
        };
        let mut statement = sqlx::query(statement.clone())
            .bind(request.of.processor.as_str())
            .bind(request.of.generation.as_i32())
            .bind(position)
            .bind(key)
            .bind(page.rows);
        if let Some(key) = &request.key {
            statement = statement.bind(key.as_str());
        }
        let rows = self.inner.session.rows(statement).await;
        let mut rows = rows.map_err(store_error)?;
        page.cut(&mut rows);
        events(&request.of, &rows)
    }

    async fn ask(
        &self,
        of: &GenerationId,
        key: Option<&DocumentKey>,
        request: ParkedRequest,
    ) -> Result<u64, StoreError> {
        let statement = sqlx::query(self.inner.statements.ask_parked.clone())
            .bind(of.processor.as_str())
            .bind(of.generation.as_i32())
            .bind(key.map(DocumentKey::as_str))
            .bind(request.as_str());
        let row = self.inner.session.row(statement).await;
        let asked: i64 = row.and_then(|row| row.try_get(0)).map_err(store_error)?;
        u64::try_from(asked).map_err(StoreError::other)
    }
}

fn events(of: &GenerationId, rows: &[PgRow]) -> Result<Vec<ParkedEvent>, StoreError> {
    let events = rows.iter().map(|row| event(row, 0));
    events
        .collect::<Result<_, _>>()
        .map_err(|source| StoreError::Corrupt {
            what: format!("a parked event of {of}"),
            source,
        })
}

/// Partition, key, position, attempts, error, when it is tried again, when it was parked, and what is asked for: from
/// this column on.
pub(crate) fn event(row: &PgRow, first: usize) -> Result<ParkedEvent, BoxError> {
    let attempts: Option<i64> = row.try_get(first + 3)?;
    let error: Option<String> = row.try_get(first + 4)?;
    let failure = match (attempts, error) {
        (Some(attempts), Some(error)) => Some(ParkedFailure {
            attempts: u32::try_from(attempts)?,
            error,
            retry_at: row.try_get(first + 5)?,
        }),
        _ => None,
    };
    Ok(ParkedEvent {
        event: ParkEvent {
            partition: Partition::try_from(row.try_get::<i32, _>(first)?)?,
            key: DocumentKey::new(row.try_get::<&str, _>(first + 1)?)?,
            position: Position::try_from(row.try_get::<i64, _>(first + 2)?)?,
            failure,
        },
        parked_at: row.try_get(first + 6)?,
        request: request(row.try_get(first + 7)?)?,
    })
}

/// What was asked for.
pub(crate) fn request(name: Option<&str>) -> Result<Option<ParkedRequest>, BoxError> {
    let request = name.map(|name| {
        ParkedRequest::from_name(name).ok_or_else(|| format!("`{name}` can't be asked for"))
    });
    Ok(request.transpose()?)
}
