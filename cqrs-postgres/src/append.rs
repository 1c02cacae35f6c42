//! Appending: one round trip for a batch of independent appends, each with an outcome of its own.

pub(crate) mod batch;
pub(crate) mod group;
pub(crate) mod locks;
mod one;
pub(crate) mod outcome;
mod repeated;
pub(crate) mod request;
mod sharing;
mod tail;
mod writer;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::ports::error::{AppendError, StoreError};

use self::locks::Locks;
use self::outcome::Outcome;
use self::request::Request;
use self::writer::Writer;
use crate::postgres::{Inner, Postgres};
use crate::sqlstate::Failure;

/// What became of each append.
type Outcomes = Vec<Result<AppendOutcome, AppendError>>;

/// How often a call is repeated after a deadlock, a serialisation failure or a collision, all of which record nothing.
pub(crate) const ATTEMPTS: u32 = 5;

#[async_trait]
impl AppendEvents for Postgres {
    /// A future that is dropped leaves each append recorded whole, or not at all, and no connection in the middle of an answer
    /// (R1): whoever comes alone writes himself, and takes the connection along; else a writer does it.
    ///
    /// ### Note: what goes together
    /// What arrives while the writers are busy goes out together, whoever sent it. Appends that touch nothing in common go to the server in one call. Where an append uses a stream, an
    /// event id or an idempotency key of one before it, or its condition means an event of one before it, a new call
    /// begins.
    async fn append_batch(&self, batch: Vec<Append>) -> Outcomes {
        if batch.is_empty() {
            return Outcomes::new();
        }
        self.inner.group.append(&self.inner, batch).await
    }

    async fn append(&self, append: Append) -> Result<AppendOutcome, AppendError> {
        let append = Cow::Owned(append);
        self.inner.group.append_one(&self.inner, append).await
    }

    async fn append_kept(&self, append: &Append) -> Result<AppendOutcome, AppendError> {
        let append = Cow::Borrowed(append);
        self.inner.group.append_one(&self.inner, append).await
    }
}

impl Inner {
    async fn append_all(&self, writer: &mut Writer, batch: &[Append]) -> Outcomes {
        let mut outcomes: Vec<Option<Result<AppendOutcome, AppendError>>> = batch
            .iter()
            .map(|append| self.limits.check(append).err().map(Err))
            .collect();
        let good: Vec<_> = std::iter::zip(batch, &outcomes)
            .filter_map(|(append, refused)| refused.is_none().then_some(append))
            .collect();
        let mut done = Vec::with_capacity(good.len());
        for run in batch::runs(&good) {
            done.extend(self.append_run(writer, &run).await);
        }
        let mut done = done.into_iter();
        for outcome in &mut outcomes {
            if outcome.is_none() {
                *outcome = done.next();
            }
        }
        let missing = || Err(StoreError::other("an append was left without an outcome").into());
        outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_or_else(missing))
            .collect()
    }

    /// One call for the run; when one of its appends breaks the call, one call for each.
    async fn append_run(&self, writer: &mut Writer, run: &[&Append]) -> Outcomes {
        match self.call_until_it_works(writer, run).await {
            Ok(outcomes) => outcomes,
            Err((Failure::Other | Failure::Passing, _)) if run.len() > 1 => {
                let mut outcomes = Vec::with_capacity(run.len());
                for append in run {
                    outcomes.extend(match self.call_until_it_works(writer, &[append]).await {
                        Ok(outcomes) => outcomes,
                        Err((failure, error)) => fail(1, failure, &error),
                    });
                }
                outcomes
            }
            Err((failure, error)) => fail(run.len(), failure, &error),
        }
    }

    async fn call_until_it_works(
        &self,
        writer: &mut Writer,
        run: &[&Append],
    ) -> Result<Outcomes, (Failure, Arc<dyn std::error::Error + Send + Sync>)> {
        let mut locks = self.lock_space.of(run.iter().copied());
        let mut attempt = 1;
        loop {
            // An id that is recorded was an error of the index at first.
            let error = match self.call(writer, run, &locks, attempt > 1).await {
                Ok(outcomes) => return Ok(outcomes),
                Err(CallError::Driver(error)) => error,
                Err(CallError::Store(error)) => return Err((Failure::Other, Arc::new(error))),
            };
            let failure = Failure::of(&error);
            let again = matches!(
                failure,
                Failure::Duplicate | Failure::Again | Failure::OutOfLocks
            );
            if !again || attempt == ATTEMPTS {
                return Err((failure, Arc::new(error)));
            }
            tracing::debug!(%error, attempt, "cqrs_postgres.append.again");
            if failure == Failure::OutOfLocks {
                locks = self.lock_space.whole_log();
            }
            // Who repeats an append finds its own ids, and need not wait for anybody.
            if failure != Failure::Duplicate || attempt > 1 {
                let most = 1 << attempt;
                tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=most))).await;
            }
            attempt += 1;
        }
    }

    async fn call(
        &self,
        writer: &mut Writer,
        run: &[&Append],
        locks: &Locks,
        looks_for_ids: bool,
    ) -> Result<Outcomes, CallError> {
        let alone = match run {
            [append] if !looks_for_ids => self.append_one(writer, append, locks).await?,
            _ => None,
        };
        let found = match alone {
            Some(outcome) => vec![outcome],
            None => self.ask(writer, run, locks, looks_for_ids).await?,
        };
        let mut outcomes = Vec::with_capacity(run.len());
        for (append, mut outcome) in run.iter().zip(found) {
            let mut attempt = 1;
            while matches!(outcome, Outcome::Inline) && attempt < ATTEMPTS {
                // The writers write no read models: those that are inline are left to the runners.
                let names = append.events().map(|event| event.name.as_str());
                self.leave_inline(names.collect()).await?;
                let locks = self.lock_space.of([*append]);
                let again = self.ask(writer, &[append], &locks, true).await?.pop();
                outcome = again.unwrap_or(outcome);
                attempt += 1;
            }
            outcomes.push(match outcome {
                Outcome::Done(outcome) => outcome,
                Outcome::Receipt => self.repeated(append).await,
                Outcome::EventId => self.recorded_before(append).await,
                Outcome::Inline => Err(StoreError::Retryable(
                    "a read model becomes inline again and again".into(),
                )
                .into()),
            });
        }
        Ok(outcomes)
    }

    /// What the server says about each append of the run.
    async fn ask(
        &self,
        writer: &mut Writer,
        run: &[&Append],
        locks: &Locks,
        looks_for_ids: bool,
    ) -> Result<Vec<Outcome>, CallError> {
        let request = Request::of(run)?;
        let room = request.room();
        let statement = sqlx::query_with(self.statements.append_batch.clone(), room);
        let row = writer
            .row(&self.session, request.bind(statement, locks, looks_for_ids))
            .await?;
        let answer = outcome::Answer::read(&row)?;
        if answer.has_recorded() {
            self.feed.appended();
        }
        Ok(answer.outcomes(run).collect())
    }
}

impl Inner {
    /// Whether the append was recorded, if the caller's transaction commits.
    pub(crate) async fn append_in(
        &self,
        connection: &mut sqlx::PgConnection,
        append: &Append,
    ) -> Result<bool, sqlx::Error> {
        let request = Request::of(&[append]).map_err(|error| sqlx::Error::Encode(error.into()))?;
        let statement = sqlx::query(self.statements.append_batch.clone());
        let locks = self.lock_space.of([append]);
        let row = request
            .bind(statement, &locks, true)
            .fetch_one(connection)
            .await?;
        Ok(outcome::Answer::read(&row)?.has_recorded())
    }
}

/// Why a call gave no outcomes.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error(transparent)]
    Driver(#[from] sqlx::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The same failure for all of a run.
fn fail(
    count: usize,
    failure: Failure,
    error: &Arc<impl std::error::Error + Send + Sync + ?Sized + 'static>,
) -> Outcomes {
    std::iter::repeat_with(|| {
        let error = Shared(Arc::clone(error));
        Err(failure.into_store_error(Box::new(error)).into())
    })
    .take(count)
    .collect()
}

/// One error that several appends have.
struct Shared<E: ?Sized>(Arc<E>);

impl<E: std::error::Error + ?Sized> std::fmt::Debug for Shared<E> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<E: std::error::Error + ?Sized> std::fmt::Display for Shared<E> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, formatter)
    }
}

impl<E: std::error::Error + ?Sized> std::error::Error for Shared<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
