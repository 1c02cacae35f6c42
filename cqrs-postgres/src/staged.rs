//! Staged commands and timers: P6.

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_core::ports::error::{BoxError, StoreError};
use cqrs_core::ports::parked::ParkedRequest;
use cqrs_core::ports::staged::{DueCommands, DuePage, ListUnsent, StagedCommand, StagedCommands};
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::partition::Partition;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::TimerName;
use cqrs_core::words::staged::StagedId;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::parked::request;
use crate::postgres::Postgres;
use crate::row::metadata;
use crate::sqlstate::store_error;

#[async_trait]
impl StagedCommands for Postgres {
    async fn due_commands(&self, request: DueCommands) -> Result<DuePage, StoreError> {
        let page = self.inner.page(request.limit);
        let partitions = request.partitions.iter().copied().map(i32::from);
        // Each once: each has a probe of its own.
        let partitions: BTreeSet<_> = partitions.collect();
        let statement = sqlx::query(self.inner.statements.due_commands.clone())
            .bind(request.of.processor.as_str())
            .bind(request.of.generation.as_i32())
            .bind(Vec::from_iter(partitions))
            .bind(request.now)
            .bind(page.rows);
        let rows = self.inner.session.rows(statement).await;
        let rows = rows.map_err(store_error)?;
        let mut due = decode_page(&rows).map_err(|source| corrupt(&request.of, source))?;
        page.cut(&mut due.commands);
        Ok(due)
    }

    async fn list_unsent(&self, request: ListUnsent) -> Result<Vec<StagedCommand>, StoreError> {
        let page = self.inner.page(request.limit);
        let (position, id) = match request.after {
            Some((position, id)) => (position.as_i64(), id.as_uuid()),
            None => (-1, Uuid::nil()),
        };
        let statement = sqlx::query(self.inner.statements.list_unsent.clone())
            .bind(request.of.processor.as_str())
            .bind(request.of.generation.as_i32())
            .bind(position)
            .bind(id)
            .bind(page.rows);
        let rows = self.inner.session.rows(statement).await;
        let rows = rows.map_err(store_error)?;
        let mut unsent = decode_page(&rows).map_err(|source| corrupt(&request.of, source))?;
        page.cut(&mut unsent.commands);
        Ok(unsent.commands)
    }

    async fn ask_unsent(
        &self,
        of: &GenerationId,
        id: Option<StagedId>,
        request: ParkedRequest,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let statement = sqlx::query(self.inner.statements.ask_unsent.clone())
            .bind(of.processor.as_str())
            .bind(of.generation.as_i32())
            .bind(id.map(StagedId::as_uuid))
            .bind(request.as_str())
            .bind(now);
        let row = self.inner.session.row(statement).await;
        let asked: i64 = row.and_then(|row| row.try_get(0)).map_err(store_error)?;
        u64::try_from(asked).map_err(StoreError::other)
    }
}

fn corrupt(of: &GenerationId, source: BoxError) -> StoreError {
    StoreError::Corrupt {
        what: format!("a staged command of {of}"),
        source,
    }
}

fn decode_page(rows: &[PgRow]) -> Result<DuePage, BoxError> {
    let mut page = DuePage::default();
    for row in rows {
        page.next_due_at = row.try_get(0)?;
        if let Some(id) = row.try_get::<Option<Uuid>, _>(1)? {
            page.commands.push(command(id, row)?);
        }
    }
    Ok(page)
}

fn command(id: Uuid, row: &PgRow) -> Result<StagedCommand, BoxError> {
    // The type is `json`, which goes over the wire as its text.
    let command: &str = row.try_get_unchecked(6)?;
    let timer: Option<&str> = row.try_get(10)?;
    Ok(StagedCommand {
        id: id.into(),
        partition: Partition::try_from(row.try_get::<i32, _>(2)?)?,
        key: DocumentKey::new(row.try_get::<&str, _>(3)?)?,
        position: Position::try_from(row.try_get::<i64, _>(4)?)?,
        number: u32::try_from(row.try_get::<i64, _>(5)?)?,
        command: Payload::from_store(command),
        metadata: metadata(row, [7, 8, 9])?,
        timer: timer.map(TimerName::new).transpose()?,
        is_timer: row.try_get(11)?,
        due_at: row.try_get(12)?,
        attempts: u32::try_from(row.try_get::<i64, _>(13)?)?,
        error: row.try_get(14)?,
        is_parked: row.try_get(15)?,
        request: request(row.try_get(16)?)?,
    })
}
