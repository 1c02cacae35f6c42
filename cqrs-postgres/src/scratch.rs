//! A log of its own for each test. Not for programs: it changes without notice.

use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use cqrs_core::ports::append::Append;

use crate::advance::request::News;
use crate::builder::Builder;
use crate::postgres::Postgres;
use crate::session::Settings;

/// A schema that nobody else uses, in the database of `DATABASE_URL`. Dropped with this value, together with the schemas of
/// the projections that ran on it.
#[derive(Debug)]
pub struct Scratch {
    url: String,
    schema: String,
}

impl Scratch {
    /// A new name; the schema is created when a store connects.
    ///
    /// # Panics
    ///
    /// When `DATABASE_URL` is missing: a test that needs a server fails without one, and says what to do.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "each call gives another schema")]
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Ok(url) = std::env::var("DATABASE_URL") else {
            panic!(
                "this test needs a PostgreSQL server: run `cargo xtask test`, or set DATABASE_URL"
            );
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let schema = format!("test_{}_{number}", uuid::Uuid::now_v7().simple());
        Self { url, schema }
    }

    /// Opens the log with the defaults.
    ///
    /// # Panics
    ///
    /// When it can't be opened.
    pub async fn store(&self) -> Postgres {
        match self.builder().connect().await {
            Ok(store) => store,
            Err(error) => panic!("{}: {error:?}", self.url),
        }
    }

    /// How to open the log.
    pub fn builder(&self) -> Builder {
        Postgres::builder(&self.url).schema(&self.schema)
    }

    /// The database.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The schema.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Connections that know nothing of the log, with its schema as the search path.
    ///
    /// # Panics
    ///
    /// When the server can't be reached.
    pub async fn pool(&self) -> PgPool {
        let options = options(&self.url).options([("search_path", &self.schema)]);
        match PgPoolOptions::new()
            .max_connections(64)
            .connect_with(options)
            .await
        {
            Ok(pool) => pool,
            Err(error) => panic!("{}: {error}", self.url),
        }
    }
}

impl Drop for Scratch {
    /// On a thread of its own: a test's runtime may be the one that ends.
    fn drop(&mut self) {
        let url = self.url.clone();
        // The places of projections have its name before theirs.
        let statement = format!(
            "SET lock_timeout = '10s'; SET client_min_messages = warning; \
             DO $$ DECLARE found text; BEGIN \
             FOR found IN SELECT n.nspname FROM pg_namespace n WHERE n.nspname = '{0}' OR starts_with(n.nspname, '{0}_') \
             LOOP EXECUTE format('DROP SCHEMA %I CASCADE', found); END LOOP; END $$",
            self.schema
        );
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.map(|runtime| runtime.block_on(execute(&url, statement)))
        });
        if !matches!(dropped.join(), Ok(Ok(Ok(())))) {
            eprintln!("schema {} could not be dropped", self.schema);
        }
    }
}

async fn execute(url: &str, statement: String) -> Result<(), sqlx::Error> {
    let mut connection: PgConnection = options(url).connect().await?;
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(statement)))
        .await?;
    connection.close().await
}

fn options(url: &str) -> PgConnectOptions {
    match PgConnectOptions::from_str(url) {
        Ok(options) => options,
        Err(error) => panic!("DATABASE_URL: {error}"),
    }
}

/// Whether notifications are known to arrive.
#[must_use]
pub fn is_listening(store: &Postgres) -> bool {
    store.inner.feed.listening.load(Ordering::Relaxed)
}

/// What the store's own connections are told: for tests that look at plans.
#[must_use]
pub fn settings() -> String {
    let timeout = std::time::Duration::from_secs(30);
    let settings = Settings {
        lock_timeout: timeout,
        statement_timeout: timeout,
    };
    settings.for_session()
}

/// Appends inside a transaction of the caller, as the gate does: for tests that delay and abort it.
///
/// # Errors
///
/// Those of the driver.
pub async fn append_in(
    store: &Postgres,
    connection: &mut PgConnection,
    append: &Append,
) -> Result<bool, sqlx::Error> {
    store.inner.append_in(connection, append).await
}

/// The advance of a user's transaction without the commit behind it: for tests of a node that stalls just there.
///
/// # Panics
///
/// When the advance fails.
pub async fn advance_without_commit(
    store: &Postgres,
    tx: &mut crate::tx::Tx,
    advance: &cqrs_core::ports::advance::Advance,
) {
    let statement = store
        .inner
        .advance_statement(advance, Some(&tx.place), News::Doubted);
    let done = match statement {
        Ok(statement) => statement.execute(&mut *tx.transaction).await.map(drop),
        Err(error) => panic!("{error:?}"),
    };
    if let Err(error) = done {
        panic!("{error:?}");
    }
}
