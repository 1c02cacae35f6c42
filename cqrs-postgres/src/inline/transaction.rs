//! The transaction of an append, from its begin to its commit.

use std::any::Any;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_core::ports::append::Append;
use cqrs_core::ports::documents::{DocumentWrite, StoredDocument};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::inline::InlineTransaction;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::event::RecordedEvent;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::StreamVersion;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection, Executor, Row, SqlSafeStr};

use super::PATIENCE;
use crate::append::locks::{Document, Locks};
use crate::append::outcome::{Answer, Outcome};
use crate::append::request::Request;
use crate::postgres::Inner;
use crate::sqlstate::{Failure, store_error};
use crate::tx::Tx;

/// How long to wait for a server that may be gone.
const ANSWER: Duration = Duration::from_secs(1);

/// A transaction in which an append is recorded together with read models.
pub(super) struct InlineTx<'a> {
    inner: &'a Inner,
    tx: Tx,
    /// The generations, as the transaction has been told.
    written: String,
    /// What is locked, and what was found of it.
    documents: HashMap<Document, Option<StoredDocument>>,
    writes: BTreeMap<Document, DocumentWrite>,
}

/// What became of the append in its transaction.
pub(super) enum Begun {
    /// It records nothing.
    Refused(Outcome),
    /// It records these events, when the transaction commits.
    Recorded(Outcome, Vec<RecordedEvent>),
}

impl<'a> InlineTx<'a> {
    pub(super) async fn begin(
        inner: &'a Inner,
        first: &GenerationId,
        generations: &[GenerationId],
    ) -> Result<Self, sqlx::Error> {
        let written: Vec<_> = generations.iter().map(ToString::to_string).collect();
        let written = written.join(" ");
        // Names of processors have ASCII letters, digits, `.`, `_` and `-`.
        let begin = format!(
            "{}; SET LOCAL idle_in_transaction_session_timeout TO {}; \
             SELECT pg_catalog.set_config('cqrs.inline', '{written}', true)",
            inner.session.begin(),
            PATIENCE.as_millis(),
        );
        let begin = AssertSqlSafe(begin).into_sql_str();
        let transaction = inner.session.transaction(begin).await?;
        let tx = Tx {
            transaction,
            place: String::new(),
            of: first.clone(),
        };
        Ok(Self {
            inner,
            tx,
            written,
            documents: HashMap::new(),
            writes: BTreeMap::new(),
        })
    }

    /// Records the append, and reads the documents.
    pub(super) async fn append(
        &mut self,
        append: &Append,
        documents: &[Document],
        locks: &Locks,
    ) -> Result<Begun, super::Failed> {
        let ids: Vec<_> = append
            .events()
            .map(|event| event.event_id.as_uuid())
            .collect();
        let columns = Columns::of(documents);
        let statement = sqlx::query(self.inner.statements.append_inline.clone());
        let statement = Request::of(&[append])?
            .bind(statement, locks, true)
            .bind(ids);
        let statement = statement
            .bind(&columns.processors)
            .bind(&columns.numbers)
            .bind(&columns.keys);
        let statement = self.inner.session.prepared(statement);
        let row = statement.fetch_one(&mut *self.tx.transaction).await?;
        let outcome = Answer::read(&row)?.outcomes(&[append]).next();
        let outcome =
            outcome.ok_or_else(|| StoreError::other("the server gave no outcome for an append"))?;
        if !matches!(outcome, Outcome::Done(Ok(_))) {
            return Ok(Begun::Refused(outcome));
        }
        self.found(documents, &row, 4)?;
        Ok(Begun::Recorded(outcome, recorded(append, &row)?))
    }

    /// Keeps the documents of a row that begins with their places at this column.
    fn found(
        &mut self,
        documents: &[Document],
        row: &PgRow,
        first: usize,
    ) -> Result<(), StoreError> {
        let read = || -> Result<_, sqlx::Error> {
            let places: Option<Vec<i32>> = row.try_get(first)?;
            let positions: Option<Vec<i64>> = row.try_get(first + 1)?;
            let contents: Option<Vec<String>> = row.try_get(first + 2)?;
            Ok((places, positions, contents))
        };
        let (places, positions, contents) = read().map_err(StoreError::other)?;
        for document in documents {
            self.documents.insert(document.clone(), None);
        }
        let found = places
            .unwrap_or_default()
            .into_iter()
            .zip(positions.unwrap_or_default())
            .zip(contents.unwrap_or_default());
        for ((place, position), content) in found {
            let document = usize::try_from(place)
                .ok()
                .and_then(|place| documents.get(place.checked_sub(1)?))
                .ok_or_else(|| StoreError::other("the server found what was not asked for"))?;
            let stored = StoredDocument {
                key: document.1.clone(),
                content: Payload::from_store(content),
                position: Position::try_from(position).map_err(StoreError::other)?,
            };
            self.documents.insert(document.clone(), Some(stored));
        }
        Ok(())
    }

    /// Locks and reads documents that nobody has guessed.
    async fn load(&mut self, documents: Vec<Document>) -> Result<(), StoreError> {
        let locks = self.inner.lock_space.of_documents(&documents);
        let (classes, objects, _) = locks.columns();
        let columns = Columns::of(&documents);
        let statement = sqlx::query(self.inner.statements.lock_and_load.clone())
            .bind(classes)
            .bind(objects)
            .bind(&columns.processors)
            .bind(&columns.numbers)
            .bind(&columns.keys);
        let statement = self.inner.session.prepared(statement);
        let row = statement.fetch_one(&mut *self.tx.transaction).await;
        self.found(&documents, &row.map_err(store_error)?, 0)
    }

    /// Writes the documents, looks whether it is still the transaction that was begun, and ends it.
    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        let documents: Vec<_> = self.writes.keys().cloned().collect();
        let columns = Columns::of(&documents);
        let writes = || self.writes.values();
        let positions: Vec<_> = writes().map(|write| write.position.as_i64()).collect();
        let contents: Vec<_> = writes()
            .map(|write| write.content.as_ref().map(Payload::as_str))
            .collect();
        let statement = sqlx::query(self.inner.statements.write_inline.clone())
            .bind(&self.written)
            .bind(&columns.processors)
            .bind(&columns.numbers)
            .bind(&columns.keys)
            .bind(positions)
            .bind(contents);
        let statement = self.inner.session.prepared(statement);
        statement.execute(&mut *self.tx.transaction).await?;
        self.tx.transaction.commit().await
    }

    /// Whether the connection is gone, whatever the user's error says.
    pub(super) async fn is_lost(&mut self) -> bool {
        match tokio::time::timeout(ANSWER, self.tx.transaction.ping()).await {
            Ok(Ok(())) => false,
            Ok(Err(error)) => Failure::of(&error) == Failure::Unavailable,
            Err(_elapsed) => true,
        }
    }
}

#[async_trait]
impl InlineTransaction for InlineTx<'_> {
    async fn load_documents(
        &mut self,
        of: &GenerationId,
        keys: &[DocumentKey],
    ) -> Result<Vec<StoredDocument>, StoreError> {
        let asked: Vec<Document> = keys.iter().map(|key| (of.clone(), key.clone())).collect();
        let mut seen = HashSet::new();
        let missing: Vec<_> = asked
            .iter()
            .filter(|document| !self.documents.contains_key(*document) && seen.insert(*document))
            .cloned()
            .collect();
        if !missing.is_empty() {
            self.load(missing).await?;
        }
        let found = asked.iter().filter_map(|document| {
            let stored = self.documents.get(document)?;
            stored.clone()
        });
        Ok(found.collect())
    }

    async fn write_documents(
        &mut self,
        of: &GenerationId,
        documents: Vec<DocumentWrite>,
    ) -> Result<(), StoreError> {
        for document in documents {
            let place = (of.clone(), document.key.clone());
            self.writes.insert(place, document);
        }
        Ok(())
    }

    /// One round trip.
    async fn enter(&mut self, of: &GenerationId) -> Result<&mut (dyn Any + Send), StoreError> {
        let place = self.inner.place_of(of);
        // A place has ASCII letters, digits, `_` and `#`.
        let enter = format!(
            "SET LOCAL enable_seqscan TO DEFAULT; SET LOCAL enable_bitmapscan TO DEFAULT; SET LOCAL jit TO DEFAULT; \
             SET LOCAL plan_cache_mode TO DEFAULT; SET LOCAL search_path TO DEFAULT; \
             SELECT pg_catalog.set_config('cqrs.place', '{place}', true), pg_catalog.set_config('search_path', \
             pg_catalog.concat_ws(', ', '\"{place}\"', NULLIF(pg_catalog.current_setting('search_path'), '')), true)"
        );
        let enter = sqlx::raw_sql(AssertSqlSafe(enter).into_sql_str());
        self.tx
            .transaction
            .execute(enter)
            .await
            .map_err(store_error)?;
        self.tx.place = place;
        self.tx.of = of.clone();
        Ok(&mut self.tx)
    }
}

/// Documents as columns.
#[derive(Default)]
struct Columns {
    processors: Option<Vec<String>>,
    numbers: Option<Vec<i32>>,
    keys: Option<Vec<String>>,
}

impl Columns {
    fn of(documents: &[Document]) -> Self {
        if documents.is_empty() {
            return Self::default();
        }
        let processors = documents.iter().map(|(of, _)| of.processor.to_string());
        let numbers = documents.iter().map(|(of, _)| of.generation.as_i32());
        let keys = documents.iter().map(|(_, key)| key.to_string());
        Self {
            processors: Some(processors.collect()),
            numbers: Some(numbers.collect()),
            keys: Some(keys.collect()),
        }
    }
}

/// The events as they are recorded.
fn recorded(append: &Append, row: &PgRow) -> Result<Vec<RecordedEvent>, StoreError> {
    let read = || -> Result<_, sqlx::Error> {
        let positions: Vec<i64> = row.try_get(1)?;
        let versions: Vec<i64> = row.try_get(2)?;
        let recorded_at: DateTime<Utc> = row.try_get(3)?;
        Ok((positions, versions, recorded_at))
    };
    let (positions, versions, recorded_at) = read().map_err(StoreError::other)?;
    let streams = append
        .streams
        .iter()
        .flat_map(|part| part.events.iter().map(move |event| (&part.stream, event)));
    let mut events = Vec::with_capacity(positions.len());
    for ((stream, event), (position, version)) in streams.zip(positions.into_iter().zip(versions)) {
        events.push(event.clone().recorded(
            stream.clone(),
            StreamVersion::try_from(version).map_err(StoreError::other)?,
            Position::try_from(position).map_err(StoreError::other)?,
            recorded_at,
        ));
    }
    events.sort_by_key(|event| event.position);
    Ok(events)
}
