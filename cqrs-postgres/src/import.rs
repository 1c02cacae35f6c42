//! Importing: a chunk of many events with their places, by COPY. See `migrations/0009_import.sql`.

mod copy;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::import::{
    ImportError, ImportEvent, ImportEvents, Imported, check_chunk, positions, version_error,
};
use cqrs_core::words::event::{EventId, RecordedEvent};
use cqrs_core::words::position::Position;
use cqrs_core::words::version::StreamVersion;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row, SqlSafeStr};
use uuid::Uuid;

use self::copy::Rows;
use crate::postgres::{Inner, Postgres};
use crate::row;
use crate::sqlstate::{Failure, store_error};

/// The greatest position of `migrations/0001_log.sql`.
const MOST: Position = Position::from_static((1 << 48) - 1);

/// How often a chunk is looked at anew after something came in between.
const ATTEMPTS: u32 = 5;

#[async_trait]
impl ImportEvents for Postgres {
    /// A task of its own does it: a future that is dropped leaves the chunk recorded whole, or not at all, and no connection in
    /// the middle of a COPY (R1).
    ///
    /// ### Note: what it costs others
    /// One transaction a chunk, which locks the whole log while the rows are sent. Its role must own the schema.
    async fn import(&self, chunk: Vec<ImportEvent>) -> Result<Imported, ImportError> {
        let inner = Arc::clone(&self.inner);
        let task = tokio::spawn(async move { inner.import(&chunk).await });
        task.await
            .unwrap_or_else(|error| Err(StoreError::other(error).into()))
    }
}

/// Why a chunk was not recorded.
enum Refused {
    /// It can't be, as far as was seen.
    Import(ImportError),
    /// Something of it is there already, or a stream is elsewhere: perhaps a part was recorded before.
    Meanwhile(ImportError),
    /// A read model that appends write reads such events: it has to be left to the runners first.
    Inline,
}

impl<E: Into<ImportError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Import(error.into())
    }
}

impl Inner {
    async fn import(&self, chunk: &[ImportEvent]) -> Result<Imported, ImportError> {
        self.limits.check_import(chunk)?;
        check_chunk(chunk)?;
        let (mut repeated, mut before) = (0, Position::START);
        let mut attempt = 1;
        while let Some(new) = chunk.get(repeated..).filter(|new| !new.is_empty()) {
            let error = match self.record(new, attempt > 1).await {
                Ok(position) => {
                    self.feed.appended();
                    return Ok(Imported::new(new.len(), repeated, position));
                }
                Err(Refused::Import(error)) => return Err(error),
                Err(Refused::Meanwhile(error)) => error,
                Err(Refused::Inline) if attempt < ATTEMPTS => {
                    attempt += 1;
                    self.leave_inline(names(new)).await?;
                    continue;
                }
                Err(Refused::Inline) => {
                    let again = "a read model becomes inline again and again";
                    return Err(StoreError::Retryable(again.into()).into());
                }
            };
            let found = self.find(new).await?;
            let recorded = recorded_before(new, &found)?;
            match recorded.last() {
                Some(last) => (repeated, before) = (repeated + recorded.len(), last.position),
                // Nothing to pass over: so the error stands, unless something else came in between just now.
                None if attempt == ATTEMPTS || !is_passing(&error) => return Err(error),
                None => attempt += 1,
            }
        }
        Ok(Imported::new(0, repeated, before))
    }

    /// One transaction; the last position. Looks at all streams after the unique index has found something, to say what.
    async fn record(
        &self,
        chunk: &[ImportEvent],
        at_all_streams: bool,
    ) -> Result<Position, Refused> {
        let begin = AssertSqlSafe(self.session.begin().to_owned()).into_sql_str();
        let transaction = self.session.transaction(begin).await;
        let mut transaction = transaction.map_err(store_error)?;
        let (last, now) = self
            .begin_import(
                &mut transaction,
                &firsts(chunk, at_all_streams)?,
                names(chunk),
            )
            .await?;
        // Nothing that readers may have passed: what was recorded before has such positions too.
        let places = positions(chunk, last, MOST).map_err(Refused::Meanwhile)?;
        let position = places.last().copied().unwrap_or(last);
        let rows = Rows::of(chunk, &places, now)?;
        let connection = &mut *transaction;
        self.copy(
            connection,
            self.statements.copy_events.as_str(),
            rows.events,
        )
        .await?;
        if let Some(tags) = rows.tags {
            let statement = self.statements.copy_event_tags.as_str();
            self.copy(connection, statement, tags).await?;
        }
        let end = sqlx::query(self.statements.end_import.clone()).bind(position.as_i64());
        let end = self.session.prepared(end).execute(connection).await;
        end.map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(position)
    }

    /// The last position that was drawn, and the time.
    async fn begin_import(
        &self,
        connection: &mut PgConnection,
        firsts: &[&ImportEvent],
        names: Vec<&str>,
    ) -> Result<(Position, DateTime<Utc>), Refused> {
        let streams = || firsts.iter().map(|import| &import.stream);
        let categories: Vec<_> = streams().map(|stream| stream.category().as_str()).collect();
        let keys: Vec<_> = streams().map(|stream| stream.key().as_str()).collect();
        let versions = firsts.iter().map(|import| import.version.as_i64() - 1);
        let (class, object) = self.lock_space.log();
        let statement = sqlx::query(self.statements.begin_import.clone())
            .bind(class)
            .bind(object)
            .bind(categories)
            .bind(keys)
            .bind(versions.collect::<Vec<_>>())
            .bind(names);
        let row = self.session.prepared(statement).fetch_one(connection).await;
        let row = row.map_err(store_error)?;
        if let Some((wrong, actual)) = wrong_stream(&row)? {
            let wrong = usize::try_from(wrong).ok().and_then(|n| n.checked_sub(1));
            let import = wrong.and_then(|index| firsts.get(index));
            let import = import.ok_or_else(|| {
                StoreError::other("the server refused a stream that the import does not have")
            })?;
            return Err(Refused::Meanwhile(version_error(import, actual)));
        }
        if row.try_get(4).map_err(StoreError::other)? {
            return Err(Refused::Inline);
        }
        let last: i64 = row.try_get(0).map_err(StoreError::other)?;
        let last = Position::try_from(last).map_err(StoreError::other)?;
        Ok((last, row::moment(&row, 1).map_err(StoreError::other)?))
    }

    async fn copy(
        &self,
        connection: &mut PgConnection,
        statement: &str,
        rows: Vec<u8>,
    ) -> Result<(), Refused> {
        let mut copy = connection
            .copy_in_raw(statement)
            .await
            .map_err(store_error)?;
        let sent = match copy.send(rows).await {
            Ok(_) => copy.finish().await.map(drop),
            Err(error) => Err(error),
        };
        sent.map_err(|error| match Failure::of(&error) {
            Failure::Duplicate => Refused::Meanwhile(store_error(error).into()),
            _ => store_error(error).into(),
        })
    }

    /// What is recorded of these ids.
    async fn find(
        &self,
        chunk: &[ImportEvent],
    ) -> Result<HashMap<EventId, RecordedEvent>, StoreError> {
        let ids = chunk.iter().map(|import| import.event.event_id.as_uuid());
        let ids: Vec<Uuid> = ids.collect();
        let statement = sqlx::query(self.statements.find_events.clone()).bind(ids);
        let events = row::events(&self.session, statement).await?.into_iter();
        Ok(events.map(|event| (event.event_id, event)).collect())
    }
}

/// The first event of each stream. Where the stream begins here, the unique index finds out.
fn firsts(chunk: &[ImportEvent], all: bool) -> Result<Vec<&ImportEvent>, ImportError> {
    let firsts = check_chunk(chunk)?.into_iter();
    let firsts = firsts.filter_map(|place| chunk.get(place));
    Ok(firsts
        .filter(|import| all || import.version != StreamVersion::FIRST)
        .collect())
}

/// The names of the events, each once.
fn names(chunk: &[ImportEvent]) -> Vec<&str> {
    let names = chunk.iter().map(|import| import.event.name.as_str());
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

fn wrong_stream(row: &PgRow) -> Result<Option<(i64, StreamVersion)>, StoreError> {
    let wrong: Option<i64> = row.try_get(2).map_err(StoreError::other)?;
    let actual: Option<i64> = row.try_get(3).map_err(StoreError::other)?;
    let Some((wrong, actual)) = wrong.zip(actual) else {
        return Ok(None);
    };
    let actual = StreamVersion::try_from(actual).map_err(StoreError::other)?;
    Ok(Some((wrong, actual)))
}

/// The events at the front of the chunk that are recorded already, as they are recorded (A4).
fn recorded_before<'a>(
    chunk: &[ImportEvent],
    found: &'a HashMap<EventId, RecordedEvent>,
) -> Result<Vec<&'a RecordedEvent>, ImportError> {
    let id = |import: &ImportEvent| import.event.event_id;
    let same = chunk.iter().map_while(|import| {
        let recorded = found.get(&id(import));
        recorded.filter(|recorded| import.is_recorded_as(recorded))
    });
    let same: Vec<_> = same.collect();
    let mut rest = chunk.iter().skip(same.len()).map(id);
    match rest.find(|id| found.contains_key(id)) {
        Some(event_id) => Err(ImportError::EventIdReused { event_id }),
        None => Ok(same),
    }
}

fn is_passing(error: &ImportError) -> bool {
    matches!(error, ImportError::Store(error) if error.is_transient())
}
