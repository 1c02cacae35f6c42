//! Opening a store.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::limits::Limits;
use cqrs_core::words::position::Position;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row, SqlSafeStr};
use tokio::sync::{Semaphore, watch};

use crate::append::group::Group;
use crate::append::locks::LockSpace;
use crate::connect_error::ConnectError;
use crate::feed::Feed;
use crate::migrate::migrate;
use crate::patience::Patience;
use crate::postgres::{Inner, Postgres};
use crate::schema::Schema;
use crate::session::{Session, Settings};
use crate::sqlstate::store_error;
use crate::statements::Statements;
use crate::watch::listener::{self, Channel};
use crate::watch::{notifier, poller};

/// How a store is opened. The defaults suit one process that talks to its server directly.
#[derive(Clone, Debug)]
#[must_use = "nothing happens before `connect`"]
pub struct Builder {
    url: String,
    schema: String,
    connections: u32,
    limits: Limits,
    connect_timeout: Duration,
    lock_timeout: Duration,
    statement_timeout: Duration,
    slowest_poll: Duration,
    prepared_statements: bool,
    listen: bool,
    most_locks: Option<usize>,
}

impl Builder {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            schema: "cqrs".to_owned(),
            connections: 10,
            limits: Limits::default(),
            connect_timeout: Duration::from_secs(10),
            lock_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            slowest_poll: Duration::from_millis(500),
            prepared_statements: true,
            listen: true,
            most_locks: None,
        }
    }

    /// The schema in which the log lives: `cqrs` where nothing is said. Each schema is a log of its own.
    ///
    /// 1 to 63 ASCII letters, digits and `_`, checked by [`connect`](Self::connect).
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// The most connections, at least 2, besides the one that listens: 10 where nothing is said.
    pub fn connections(mut self, most: u32) -> Self {
        self.connections = most.max(2);
        self
    }

    /// How large appends and pages may be.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long a call waits for a free connection before it fails as unavailable: 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long an append waits for another that is in its way before it fails as retryable: 5 s.
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.lock_timeout = timeout;
        self
    }

    /// How long a statement may take before it fails as retryable: 30 s.
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout;
        self
    }

    /// How often an idle watch asks by itself, behind the notifications: every 500 ms.
    pub fn slowest_poll(mut self, interval: Duration) -> Self {
        self.slowest_poll = interval.max(Duration::from_millis(1));
        self
    }

    /// Whether a connection keeps the statements that it has prepared: yes.
    ///
    /// Say no behind a proxy in transaction mode that does not know prepared statements. Every call is then a
    /// transaction that brings its settings along, and takes four round trips instead of one.
    pub fn prepared_statements(mut self, keep: bool) -> Self {
        self.prepared_statements = keep;
        self
    }

    /// Whether to listen for appends of other processes, on a connection of its own: yes.
    ///
    /// Say no behind a proxy in transaction mode, where notifications never arrive. Watches find the appends of other
    /// processes by asking then, at least every 50 ms.
    pub fn listen(mut self, listen: bool) -> Self {
        self.listen = listen;
        self
    }

    /// How many locks one call takes before it locks the whole log instead: an eighth of the server's lock table, from
    /// 64 to 1,000.
    ///
    /// An append takes about two locks for each of its streams and names, and two for each pair of a name and a tag.
    pub fn most_locks(mut self, most: usize) -> Self {
        self.most_locks = Some(most);
        self
    }

    /// Connects, looks whether the server is one to rely on, takes the migrations that are missing, and starts the
    /// tasks that follow the log.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] says what the database lacks, or why it can't be reached.
    pub async fn connect(self) -> Result<Postgres, ConnectError> {
        let schema = Schema::new(&self.schema)?;
        let options = self.options()?;
        let settings = Settings {
            lock_timeout: self.lock_timeout,
            statement_timeout: self.statement_timeout,
        };
        let statements = Arc::new(Statements::new(&schema));
        let slots = self.prepare(&options, &schema, &statements).await?;
        let pool = self.pool(options.clone(), settings).await?;
        let session = Session::new(pool, settings, self.prepared_statements);

        let (stop, stopped) = watch::channel(());
        let settled = Arc::new(watch::Sender::new(Position::START));
        let feed = Arc::new(Feed::new(
            session.clone(),
            Arc::clone(&statements),
            &settled,
        ));
        let channel = Channel::new(&schema);
        let slowest = self.slowest_poll;
        tokio::spawn(poller::run(
            Arc::clone(&feed),
            settled,
            slowest,
            stopped.clone(),
        ));
        tokio::spawn(notifier::run(
            Arc::clone(&feed),
            channel.clone(),
            stopped.clone(),
        ));
        if self.listen {
            let (feed, stopped) = (Arc::clone(&feed), stopped.clone());
            tokio::spawn(listener::run(feed, channel, options, stopped));
        }
        let most_locks = self.most_locks.unwrap_or((slots / 8).clamp(64, 1_000));
        let (group, queue) = Group::new();
        let inner = Arc::new(Inner {
            session,
            statements,
            limits: self.limits,
            lock_space: LockSpace::new(schema.name(), most_locks),
            feed,
            group,
            inline_appends: Semaphore::new(self.connections as usize - 1),
            holding: Arc::default(),
            patience: Patience::default(),
            schema: self.schema,
            stop,
        });
        queue.start(&inner, &stopped);
        Ok(Postgres { inner })
    }

    fn options(&self) -> Result<PgConnectOptions, ConnectError> {
        let is_postgres = ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| self.url.starts_with(scheme));
        if !is_postgres {
            return Err(ConnectError::Url("another scheme".into()));
        }
        let options = PgConnectOptions::from_str(&self.url)
            .map_err(|error| ConnectError::Url(Box::new(error)))?;
        Ok(if self.prepared_statements {
            options
        } else {
            options.statement_cache_capacity(0)
        })
    }

    /// Looks at the server, takes the migrations, and says how many locks the server has room for.
    ///
    /// Over a connection of its own: a pool tries again until the time is up, also where nobody listens at all.
    async fn prepare(
        &self,
        options: &PgConnectOptions,
        schema: &Schema,
        statements: &Statements,
    ) -> Result<usize, ConnectError> {
        let connected = tokio::time::timeout(self.connect_timeout, options.connect()).await;
        let connected = connected.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        let mut connection = connected.map_err(store_error)?;
        let slots = check_server(&mut connection).await?;
        migrate(&mut connection, schema, statements).await?;
        connection.close().await.map_err(store_error)?;
        Ok(slots)
    }

    async fn pool(
        &self,
        options: PgConnectOptions,
        settings: Settings,
    ) -> Result<PgPool, ConnectError> {
        let mut pool = PgPoolOptions::new()
            .max_connections(self.connections)
            .acquire_timeout(self.connect_timeout)
            // A connection that was lost meanwhile fails one call, as unavailable. Asking each time costs every call.
            .test_before_acquire(false);
        if self.prepared_statements {
            let settings = AssertSqlSafe(settings.for_session()).into_sql_str();
            pool = pool.after_connect(move |connection, _| {
                let settings = sqlx::raw_sql(settings.clone());
                Box::pin(async move { connection.execute(settings).await.map(drop) })
            });
        }
        let pool = pool.connect_with(options).await.map_err(store_error)?;
        Ok(pool)
    }
}

async fn check_server(connection: &mut PgConnection) -> Result<usize, ConnectError> {
    let statement = sqlx::raw_sql(include_str!("sql/describe_server.sql"));
    let row = statement.fetch_one(connection).await.map_err(store_error)?;
    let read = |error| ConnectError::Store(StoreError::other(error));
    let version: i32 = row.try_get(0).map_err(read)?;
    let encoding: String = row.try_get(1).map_err(read)?;
    let read_only: bool = row.try_get(2).map_err(read)?;
    let slots: i64 = row.try_get(3).map_err(read)?;
    if version < 130_000 {
        let major = version / 10_000;
        return Err(ConnectError::TooOld { major });
    }
    if encoding != "UTF8" {
        return Err(ConnectError::Encoding { encoding });
    }
    if read_only {
        return Err(ConnectError::ReadOnly);
    }
    Ok(usize::try_from(slots).unwrap_or(usize::MAX))
}
