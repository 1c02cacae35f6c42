//! How a statement gets to the server: over a pool, with or without session state.

use std::ops::ControlFlow;
use std::time::Duration;

use cqrs_core::ports::error::StoreError;
use futures::stream::{BoxStream, StreamExt};
use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgRow};
use sqlx::query::Query;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Either, Executor, SqlSafeStr, SqlStr, Transaction,
};

use crate::sqlstate::store_error;

pub(crate) type Statement<'q> = Query<'q, sqlx::Postgres, PgArguments>;

/// A pool, and what each of its transactions is told first.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pool: PgPool,
    /// Behind a proxy in transaction mode: no statement may rely on an earlier one, so that each has a transaction of
    /// its own that begins with the settings. `None`: the connection was told once, and keeps its prepared statements.
    begin: Option<SqlStr>,
    settings: Settings,
}

/// What the server is told about transactions of this store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) lock_timeout: Duration,
    pub(crate) statement_timeout: Duration,
}

impl Settings {
    /// The settings of a connection.
    ///
    /// - The isolation level and the statements' order are what the feed and the conditions rely on.
    /// - Every statement has an index to go by, in the order of which it wants the first rows only: a plan that was made
    ///   when the tables were empty must not scan them, and one for a rare tag must not collect all rows of a common one.
    /// - One plan suits all calls. Left to itself the server plans the gate's statements anew each time, which takes
    ///   longer than running them, since it thinks more of arrays whose length it knows.
    /// - A transaction that waits for a client that has gone holds locks, and perhaps the feed: it is ended soon.
    pub(crate) fn for_session(self) -> String {
        format!(
            "SET default_transaction_isolation = 'read committed'; {}",
            self.settings("SET")
        )
    }

    pub(crate) fn for_transaction(self) -> String {
        format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {}",
            self.settings("SET LOCAL")
        )
    }

    fn settings(self, set: &str) -> String {
        format!(
            "{set} lock_timeout = {}; {set} statement_timeout = {}; \
             {set} idle_in_transaction_session_timeout = 10000; {set} enable_seqscan = off; \
             {set} enable_bitmapscan = off; {set} jit = off; {set} plan_cache_mode = force_generic_plan",
            self.lock_timeout.as_millis(),
            self.statement_timeout.as_millis(),
        )
    }
}

impl Session {
    pub(crate) fn new(pool: PgPool, settings: Settings, prepared_statements: bool) -> Self {
        let begin = (!prepared_statements)
            .then(|| AssertSqlSafe(settings.for_transaction()).into_sql_str());
        Self {
            pool,
            begin,
            settings,
        }
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A connection outside the pool, which is told the same.
    pub(crate) async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let connecting = self.pool.connect_options();
        let limit = self.pool.options().get_acquire_timeout();
        let connected = tokio::time::timeout(limit, connecting.connect()).await;
        let mut connection = connected.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
        if self.begin.is_none() {
            let settings = AssertSqlSafe(self.settings.for_session()).into_sql_str();
            connection.execute(sqlx::raw_sql(settings)).await?;
        }
        Ok(connection)
    }

    /// How a transaction of several statements begins.
    pub(crate) fn begin(&self) -> &str {
        self.begin
            .as_ref()
            .map_or("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", |begin| {
                begin.as_str()
            })
    }

    /// Begins a transaction on a connection of the pool, in a task that no caller can drop.
    ///
    /// `sqlx` 0.9 gives a connection whose BEGIN was cut off back to the pool inside of the transaction, which it knows nothing
    /// of (<https://github.com/transact-rs/sqlx/issues/4393>): what others are told is recorded would be gone with it.
    pub(crate) async fn transaction(
        &self,
        begin: SqlStr,
    ) -> Result<Transaction<'static, sqlx::Postgres>, sqlx::Error> {
        let pool = self.pool.clone();
        let task = tokio::spawn(async move { pool.begin_with(begin).await });
        task.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }

    /// The statement as it is executed inside such a transaction.
    pub(crate) fn prepared<'q>(&self, statement: Statement<'q>) -> Statement<'q> {
        statement.persistent(self.begin.is_none())
    }

    /// All rows of one statement, which is one transaction.
    pub(crate) async fn rows(&self, statement: Statement<'_>) -> Result<Vec<PgRow>, sqlx::Error> {
        let Some(begin) = &self.begin else {
            return statement.fetch_all(&self.pool).await;
        };
        let mut transaction = self.transaction(begin.clone()).await?;
        let rows = statement
            .persistent(false)
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(rows)
    }

    /// What becomes of the rows of one statement, each as soon as it has arrived, while the server sends the next ones.
    pub(crate) async fn decoded<T>(
        &self,
        statement: Statement<'_>,
        mut decode: impl FnMut(&PgRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut decoded = Vec::new();
        let each = self.each(statement, |row| {
            decoded.push(decode(row)?);
            Ok(ControlFlow::Continue(()))
        });
        each.await?;
        Ok(decoded)
    }

    /// Shows the rows of one statement, each as soon as it has arrived, until no more are wanted.
    pub(crate) async fn each(
        &self,
        statement: Statement<'_>,
        mut see: impl FnMut(&PgRow) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let Some(begin) = &self.begin else {
            // Not on the pool, which would have each row go through one more stream.
            let mut connection = self.pool.acquire().await.map_err(store_error)?;
            return show(connection.fetch_many(statement), &mut see).await;
        };
        let transaction = self.transaction(begin.clone()).await;
        let mut transaction = transaction.map_err(store_error)?;
        let rows = transaction.fetch_many(statement.persistent(false));
        show(rows, &mut see).await?;
        transaction.commit().await.map_err(store_error)
    }

    /// The only row of one statement.
    pub(crate) async fn row(&self, statement: Statement<'_>) -> Result<PgRow, sqlx::Error> {
        let row = self.rows(statement).await?.pop();
        row.ok_or(sqlx::Error::RowNotFound)
    }

    /// The only row of one statement, which is one transaction, on a connection of the pool.
    pub(crate) async fn row_on(
        &self,
        connection: &mut PgConnection,
        statement: Statement<'_>,
    ) -> Result<PgRow, sqlx::Error> {
        let Some(begin) = &self.begin else {
            return statement.fetch_one(connection).await;
        };
        let mut transaction = connection.begin_with(begin.clone()).await?;
        let row = statement
            .persistent(false)
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(row)
    }

    /// How many rows one statement changed.
    pub(crate) async fn execute(&self, statement: Statement<'_>) -> Result<u64, sqlx::Error> {
        let Some(begin) = &self.begin else {
            return Ok(self.pool.execute(statement).await?.rows_affected());
        };
        let mut transaction = self.transaction(begin.clone()).await?;
        let done = transaction.execute(statement.persistent(false)).await?;
        transaction.commit().await?;
        Ok(done.rows_affected())
    }
}

/// Takes all rows, also after one that can't be decoded: the connection is not left in the middle of an answer.
async fn show<D>(
    mut rows: BoxStream<'_, Result<Either<D, PgRow>, sqlx::Error>>,
    see: &mut impl FnMut(&PgRow) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), StoreError> {
    let mut seen = Ok(ControlFlow::Continue(()));
    while let Some(row) = rows.next().await {
        if let (Either::Right(row), Ok(ControlFlow::Continue(()))) =
            (row.map_err(store_error)?, &seen)
        {
            seen = see(&row);
        }
    }
    seen.map(drop)
}
