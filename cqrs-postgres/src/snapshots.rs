//! Snapshots: S1.

use async_trait::async_trait;
use cqrs_core::ports::error::{BoxError, StoreError};
use cqrs_core::ports::fold_stream::{Detail, Fold, FoldEnd};
use cqrs_core::ports::read_stream::StreamPage;
use cqrs_core::ports::snapshots::{
    FoundSnapshot, KeepSnapshots, Snapshot, SnapshotPage, SnapshotRead,
};
use cqrs_core::words::fingerprint::Fingerprint;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::{Category, StreamId, StreamKey};
use cqrs_core::words::version::StreamVersion;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::postgres::Postgres;
use crate::row::{self, moment, moment_of};
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
        let rows = rows.map_err(store_error)?;
        rows.first().map(|row| snapshot(row, ALONE)).transpose()
    }

    async fn read_from_snapshot(&self, request: SnapshotRead) -> Result<SnapshotPage, StoreError> {
        let inner = &self.inner;
        let limit = inner.page(request.limit);
        let statement = sqlx::query(inner.statements.read_from_snapshot.clone())
            .bind(request.stream.category().as_str())
            .bind(request.stream.key().as_str())
            .bind(request.through.as_i64())
            .bind(request.fingerprint.get().cast_signed())
            .bind(limit.rows);
        let mut kept = None;
        let decoded = row::events_beside(&inner.session, statement, |row| {
            let is_kept = value::bytes(row, FINGERPRINT).is_ok_and(|bytes| bytes.is_some());
            if is_kept {
                kept = Some(snapshot(row, BESIDE_EVENTS)?);
            }
            Ok(is_kept)
        });
        let mut events = decoded.await?;
        // The server has sorted them; it does not promise so of both parts together.
        events.sort_by_key(|event| event.version);
        let is_last = limit.cut(&mut events);
        Ok(SnapshotPage {
            snapshot: kept,
            page: StreamPage { events, is_last },
        })
    }

    async fn fold_from_snapshot(
        &self,
        request: SnapshotRead,
        detail: Detail,
        fold: &mut dyn Fold,
    ) -> Result<FoldEnd, StoreError> {
        match detail {
            Detail::Bare => self.inner.fold_from_snapshot(&request, fold).await,
            Detail::Whole => {
                let page = self.read_from_snapshot(request.clone()).await?;
                Ok(page.fold(&request, fold))
            }
        }
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
        let rows = rows.map_err(store_error)?;
        rows.iter().map(|row| snapshot(row, ALONE)).collect()
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

/// Where the columns of a snapshot are.
#[derive(Clone, Copy)]
struct Columns {
    category: usize,
    key: usize,
    version: usize,
    position: usize,
    fingerprint: usize,
    taken_at: usize,
    state: usize,
    event_id: usize,
}

const ALONE: Columns = Columns {
    category: 0,
    key: 1,
    version: 2,
    position: 3,
    fingerprint: 4,
    taken_at: 5,
    state: 6,
    event_id: 7,
};

const FINGERPRINT: usize = 13;

/// In the places that events have.
const BESIDE_EVENTS: Columns = Columns {
    category: 7,
    key: 8,
    version: 1,
    position: 0,
    fingerprint: FINGERPRINT,
    taken_at: 2,
    state: 12,
    event_id: 3,
};

fn snapshot(row: &PgRow, columns: Columns) -> Result<Snapshot, StoreError> {
    decode(row, columns).map_err(corrupt)
}

fn decode(row: &PgRow, columns: Columns) -> Result<Snapshot, BoxError> {
    let fingerprint = value::bigint(row, columns.fingerprint)?;
    Ok(Snapshot {
        stream: StreamId::new(
            Category::new(value::text(row, columns.category)?)?,
            StreamKey::new(value::text(row, columns.key)?)?,
        ),
        version: StreamVersion::try_from(value::bigint(row, columns.version)?)?,
        event_id: value::uuid(row, columns.event_id)?.into(),
        position: Position::try_from(value::bigint(row, columns.position)?)?,
        fingerprint: Fingerprint::new(fingerprint.cast_unsigned()),
        state: Payload::from_store(value::text(row, columns.state)?),
        taken_at: moment(row, columns.taken_at)?,
    })
}

/// In which column of `fold_from_snapshot.sql` the snapshot's row has what events have not.
const ABOUT: usize = 5;

/// The snapshot that is in this row, or `None` for a row with an event. See `fold_from_snapshot.sql`.
pub(crate) fn beside_events(
    row: &PgRow,
    request: &SnapshotRead,
) -> Result<Option<FoundSnapshot>, StoreError> {
    let about = value::bytes(row, ABOUT).map_err(StoreError::other)?;
    let found = about.map(|about| found(row, about, request));
    found.transpose().map_err(corrupt)
}

fn found(row: &PgRow, about: &[u8], request: &SnapshotRead) -> Result<FoundSnapshot, BoxError> {
    let mut rest = about;
    let fingerprint = taken::<8>(&mut rest)?;
    let taken_at = i64::from_be_bytes(taken(&mut rest)?);
    let event_id = Uuid::from_bytes(taken(&mut rest)?);
    let event = if rest.is_empty() {
        None
    } else {
        let event_id = Uuid::from_bytes(taken(&mut rest)?);
        let position = i64::from_be_bytes(taken(&mut rest)?);
        Some((event_id.into(), Position::try_from(position)?))
    };
    let snapshot = Snapshot {
        stream: request.stream.clone(),
        version: StreamVersion::try_from(value::bigint(row, 0)?)?,
        event_id: event_id.into(),
        position: Position::try_from(value::bigint(row, 1)?)?,
        fingerprint: Fingerprint::new(u64::from_be_bytes(fingerprint)),
        state: Payload::from_store(value::text(row, 4)?),
        taken_at: moment_of(taken_at)?,
    };
    let is_usable = snapshot.fingerprint == request.fingerprint;
    let event = event.filter(|_| is_usable);
    Ok(FoundSnapshot { snapshot, event })
}

/// The next so many bytes.
fn taken<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], BoxError> {
    let (first, others) = rest
        .split_first_chunk::<N>()
        .ok_or("what is said about the snapshot is too short")?;
    *rest = others;
    Ok(*first)
}

fn corrupt(source: BoxError) -> StoreError {
    StoreError::Corrupt {
        what: "a snapshot".to_owned(),
        source,
    }
}
