//! Appends with read models in their own transaction: four round trips, of which read models that are views add none.
//!
//! ```text
//! BEGIN        says which generations are written
//! append       takes all locks, those of documents too; checks; records; reads the documents
//! …            read models fold; projections write in the place of their own generation
//! write        the documents, and whether this is still the transaction that was begun
//! COMMIT
//! ```
//!
//! From the append to the commit the floor is held, so the feed waits for the transaction: whoever says nothing in it for
//! [`PATIENCE`] is cut off.

mod transaction;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cqrs_core::ports::append::{Append, AppendOutcome};
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::ports::inline::{AppendInline, ReadModelError, ReadModels};
use cqrs_core::words::event::{EventName, RecordedEvent};
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::{ExpectedVersion, StreamVersion};
use sqlx::{Connection, Row};
use tracing::Instrument;

use self::transaction::InlineTx;
use crate::append::ATTEMPTS;
use crate::append::locks::Locks;
use crate::append::outcome::{Answer, Outcome};
use crate::append::request::Request;
use crate::postgres::{Inner, Postgres};
use crate::sqlstate::{Failure, store_error};
use crate::transactions::is_of_the_store;

/// How long the server waits for the next statement of an append.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long appends wait while a generation comes through what is left.
const LONGEST_WAIT: Duration = Duration::from_millis(250);

#[async_trait]
impl AppendInline for Postgres {
    /// In a task of its own: a future that is dropped leaves all of it recorded, or nothing, and no connection in the middle
    /// of an answer (R1). It is not grouped with others, since it holds its locks for several round trips.
    async fn append_inline(
        &self,
        append: Append,
        read_models: Arc<dyn ReadModels>,
    ) -> Result<AppendOutcome, AppendError> {
        self.inner.limits.check(&append)?;
        let span = tracing::debug_span!("cqrs_postgres.append_inline");
        let inner = Arc::clone(&self.inner);
        let task = async move { inner.append_inline(&append, &*read_models).await };
        match tokio::spawn(task.instrument(span)).await {
            Ok(outcome) => outcome,
            Err(ended) => Err(Failure::Unavailable.into_store_error(ended).into()),
        }
    }

    /// On a connection of its own: what it waits for may need all that the pool has.
    async fn go_inline(&self, of: &GenerationId, names: &[EventName]) -> Result<bool, StoreError> {
        let inner = Arc::clone(&self.inner);
        let (of, names) = (of.clone(), names.to_vec());
        let task = async move { inner.go_inline(&of, &names).await };
        match tokio::spawn(task).await {
            Ok(Err(error)) => match Failure::of(&error) {
                // It would have had to wait for somebody too long.
                Failure::Passing | Failure::Again => Ok(false),
                _ => Err(store_error(error)),
            },
            Ok(Ok(is_inline)) => Ok(is_inline),
            Err(ended) => Err(Failure::Unavailable.into_store_error(ended)),
        }
    }

    async fn end_of_log(&self) -> Result<Position, StoreError> {
        let statement = sqlx::query(self.inner.statements.end_of_log.clone());
        let row = self.inner.session.row(statement).await;
        let row = row.map_err(store_error)?;
        let end: i64 = row.try_get(0).map_err(StoreError::other)?;
        Position::try_from(end).map_err(StoreError::other)
    }
}

/// Why one attempt recorded nothing.
enum Failed {
    Driver(sqlx::Error),
    Append(AppendError),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Append(error.into())
    }
}

impl Inner {
    async fn append_inline(
        &self,
        append: &Append,
        read_models: &dyn ReadModels,
    ) -> Result<AppendOutcome, AppendError> {
        let Ok(_permit) = self.inline_appends.acquire().await else {
            return Err(StoreError::other("the store was closed").into());
        };
        let documents = read_models.documents(&guessed(append));
        let mut locks = self.lock_space.with_documents(append, &documents);
        let mut attempt = 1;
        loop {
            let failed = match self
                .append_with(append, read_models, &documents, &locks)
                .await
            {
                Ok(Outcome::Done(outcome)) => return outcome,
                Ok(Outcome::Receipt) => return self.repeated(append).await,
                Ok(Outcome::EventId) => return self.recorded_before(append).await,
                Ok(Outcome::Inline) => return Err(AppendError::OtherReadModels),
                Err(Failed::Append(error)) => return Err(error),
                Err(Failed::Driver(error)) => error,
            };
            let failure = Failure::of(&failed);
            let again = matches!(
                failure,
                Failure::Duplicate | Failure::Again | Failure::OutOfLocks
            );
            if !again || attempt == ATTEMPTS {
                return Err(failure.into_store_error(failed).into());
            }
            tracing::debug!(error = %failed, attempt, "cqrs_postgres.append.again");
            if failure == Failure::OutOfLocks {
                locks = self.lock_space.whole_log();
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=1 << attempt))).await;
            attempt += 1;
        }
    }

    async fn append_with(
        &self,
        append: &Append,
        read_models: &dyn ReadModels,
        documents: &[crate::append::locks::Document],
        locks: &Locks,
    ) -> Result<Outcome, Failed> {
        let generations = read_models.generations();
        let Some(first) = generations.first() else {
            return self.append_without(append, locks).await;
        };
        let mut transaction = InlineTx::begin(self, first, generations).await?;
        let begun = transaction.append(append, documents, locks).await?;
        let (outcome, events) = match begun {
            transaction::Begun::Refused(outcome) => return Ok(outcome),
            transaction::Begun::Recorded(outcome, events) => (outcome, events),
        };
        if let Err(error) = read_models.write(&events, &mut transaction).await {
            return Err(self.refused(transaction, error).await);
        }
        transaction.commit().await?;
        self.feed.appended();
        Ok(outcome)
    }

    /// Where nothing is inline yet there is nothing to write: one statement, which records nothing if that has changed.
    async fn append_without(&self, append: &Append, locks: &Locks) -> Result<Outcome, Failed> {
        let statement = sqlx::query(self.statements.append_batch.clone());
        let statement = Request::of(&[append])?.bind(statement, locks, true);
        let answer = Answer::read(&self.session.row(statement).await?)?;
        if answer.has_recorded() {
            self.feed.appended();
        }
        let outcome = answer.outcomes(&[append]).next();
        Ok(outcome.ok_or_else(|| StoreError::other("the server gave no outcome for an append"))?)
    }

    /// Whose fault it is that the read models could not be written.
    async fn refused(&self, mut transaction: InlineTx<'_>, error: ReadModelError) -> Failed {
        let (processor, source) = match error {
            ReadModelError::Failed { processor, source } => (processor, source),
            ReadModelError::Store(error) => return error.into(),
            error => return StoreError::other(error).into(),
        };
        if is_of_the_store(&*source) || transaction.is_lost().await {
            return StoreError::Retryable(source).into();
        }
        Failed::Append(AppendError::ReadModel { processor, source })
    }

    async fn go_inline(&self, of: &GenerationId, names: &[EventName]) -> Result<bool, sqlx::Error> {
        let (classes, objects, exclusives) = self.lock_space.of_names(names).columns();
        let names: Vec<_> = names.iter().map(EventName::as_str).collect();
        let statement = sqlx::query(self.statements.go_inline.clone())
            .bind(of.processor.as_str())
            .bind(of.generation.as_i32())
            .bind(names)
            .bind(classes)
            .bind(objects)
            .bind(exclusives)
            .bind(i64::try_from(LONGEST_WAIT.as_millis()).unwrap_or(i64::MAX));
        let mut connection = self.session.connect().await?;
        let row = self.session.row_on(&mut connection, statement).await?;
        connection.close().await?;
        row.try_get(0)
    }

    /// Leaves to the runners what is inline and reads events of these names, before somebody records them
    /// who writes no read models.
    pub(crate) async fn leave_inline(&self, names: Vec<&str>) -> Result<(), StoreError> {
        // One at a time: see 0011_inline.sql.
        loop {
            let statement = sqlx::query(self.statements.leave_inline.clone()).bind(&names);
            let row = self.session.row(statement).await.map_err(store_error)?;
            if !row.try_get::<bool, _>(0).map_err(StoreError::other)? {
                return Ok(());
            }
            tracing::info!(
                "a read model is not inline any more: a program that does not write it has appended"
            );
        }
    }
}

/// The events as they may come to be recorded: only their keys matter, and hardly any depends on these guesses.
fn guessed(append: &Append) -> Vec<RecordedEvent> {
    let now = chrono::Utc::now();
    let mut events = Vec::new();
    for part in &append.streams {
        let before = match part.expected {
            ExpectedVersion::Exact(version) => version,
            _ => StreamVersion::NONE,
        };
        for (event, place) in part.events.iter().zip(1..) {
            let stream = part.stream.clone();
            let version = before.after(place);
            events.push(event.clone().recorded(stream, version, Position::MAX, now));
        }
    }
    events
}
