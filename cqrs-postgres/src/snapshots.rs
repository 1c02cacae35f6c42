//! Snapshots: S1.

use async_trait::async_trait;
use cqrs_core::ports::error::{BoxError, StoreError};
use cqrs_core::ports::snapshots::{KeepSnapshots, Snapshot};
use cqrs_core::words::fingerprint::Fingerprint;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::{Category, StreamId, StreamKey};
use cqrs_core::words::version::StreamVersion;
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::postgres::Postgres;
use crate::row::moment;
use crate::sqlstate::store_error;
use crate::value;

#[async_trait]
impl KeepSnapshots for Postgres {
    fn keeps_snapshots(&self) -> bool {
        true
    }

    async fn find_snapshot(
        &self,
        stream: &StreamId,
        through: StreamVersion,
    ) -> Result<Option<Snapshot>, StoreError> {
        let statement = sqlx::query(self.inner.statements.find_snapshot.clone())
            .bind(stream.category().as_str())
            .bind(stream.key().as_str())
            .bind(through.as_i64());
        let rows = self.inner.session.rows(statement).await;
        rows.map_err(store_error)?.first().map(snapshot).transpose()
    }

    async fn keep_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        let statement = sqlx::query(self.inner.statements.keep_snapshot.clone())
            .bind(snapshot.stream.category().as_str())
            .bind(snapshot.stream.key().as_str())
            .bind(snapshot.version.as_i64())
            .bind(snapshot.position.as_i64())
            .bind(snapshot.fingerprint.get().cast_signed())
            .bind(snapshot.taken_at)
            .bind(snapshot.state.as_str())
            .bind(snapshot.event_id.as_uuid());
        let kept = self.inner.session.execute(statement).await;
        kept.map(drop).map_err(store_error)
    }

    async fn list_snapshots(
        &self,
        category: &Category,
        after: Option<&StreamKey>,
        limit: usize,
    ) -> Result<Vec<Snapshot>, StoreError> {
        let statement = sqlx::query(self.inner.statements.list_snapshots.clone())
            .bind(category.as_str())
            .bind(after.map_or("", StreamKey::as_str))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = self.inner.session.rows(statement).await;
        rows.map_err(store_error)?.iter().map(snapshot).collect()
    }

    async fn drop_snapshots(
        &self,
        category: &Category,
        key: Option<&StreamKey>,
    ) -> Result<u64, StoreError> {
        let statement = sqlx::query(self.inner.statements.drop_snapshots.clone())
            .bind(category.as_str())
            .bind(key.map(StreamKey::as_str));
        let dropped = self.inner.session.execute(statement).await;
        dropped.map_err(store_error)
    }
}

fn snapshot(row: &PgRow) -> Result<Snapshot, StoreError> {
    decode(row).map_err(|source| StoreError::Corrupt {
        what: "a snapshot".to_owned(),
        source,
    })
}

fn decode(row: &PgRow) -> Result<Snapshot, BoxError> {
    // The type is `json`, which goes over the wire as its text.
    let state: &str = row.try_get_unchecked(6)?;
    Ok(Snapshot {
        stream: StreamId::new(
            Category::new(row.try_get::<&str, _>(0)?)?,
            StreamKey::new(row.try_get::<&str, _>(1)?)?,
        ),
        version: StreamVersion::try_from(row.try_get::<i64, _>(2)?)?,
        event_id: value::uuid(row, 7)?.into(),
        position: Position::try_from(row.try_get::<i64, _>(3)?)?,
        fingerprint: Fingerprint::new(row.try_get::<i64, _>(4)?.cast_unsigned()),
        state: Payload::from_store(state),
        taken_at: moment(row, 5)?,
    })
}
