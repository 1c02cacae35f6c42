//! The harness's calls, answered with cqrs-es.

use anyhow::Result;
use bench_harness::{About, Account as Id, Bank, Entry, Settings, Totals, Tried, Variant, Work};
use cqrs_es::persist::{
    PersistedEventRepository, PersistedEventStore, PersistenceError, SerializedEvent,
};
use cqrs_es::{AggregateContext, AggregateError, EventStore};
use postgres_es::{PostgresCqrs, PostgresEventRepository, postgres_cqrs, postgres_snapshot_cqrs};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::account::{Account, AccountCommand, AccountError};
use crate::{projection, seed};

const SNAPSHOTS: &str = "cqrs-es, snapshots";

/// How many events there are between snapshots.
const SNAPSHOT_EVERY: usize = 100;

/// The tables of `db/init.sql` in postgres-es, as its documentation says to make them.
const TABLES: &str = include_str!("tables.sql");

const COUNT: &str = "SELECT count(*)::bigint, \
     coalesce(sum((payload->'Deposited'->>'amount')::bigint), 0)::bigint FROM events";

pub(crate) struct CqrsEs {
    cqrs: PostgresCqrs<Account>,
    store: PersistedEventStore<PostgresEventRepository, Account>,
    pub(crate) events: PostgresEventRepository,
    pub(crate) snapshots: bool,
    pub(crate) pool: PgPool,
}

impl Bank for CqrsEs {
    const ABOUT: About = About {
        crates: &["cqrs-es", "postgres-es"],
        variants: &[
            Variant {
                name: "cqrs-es",
                note: "events only; the caller retries after `AggregateConflict`",
            },
            Variant {
                name: SNAPSHOTS,
                note: "a snapshot every 100 events",
            },
        ],
    };

    fn leaves_out(variant: &str, work: Work) -> Option<&'static str> {
        match work {
            Work::AppendUnless => Some("it has no conditions over tags"),
            Work::Replay => Some("it reads the log for a query only"),
            Work::HandlerDelay => {
                Some("queries run inside the command, after the commit: there is no feed")
            }
            Work::Overhead => Some("it is measured on memory"),
            Work::LongAccounts | Work::OneAccount => None,
            _ if variant == SNAPSHOTS => Some("snapshots are for long aggregates"),
            _ => None,
        }
    }

    async fn connect(settings: &Settings) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(settings.pool)
            .connect(&settings.url)
            .await?;
        sqlx::raw_sql(TABLES).execute(&pool).await?;
        let snapshots = settings.variant == SNAPSHOTS;
        let events = || PostgresEventRepository::new(pool.clone());
        let cqrs = if snapshots {
            postgres_snapshot_cqrs(pool.clone(), Vec::new(), SNAPSHOT_EVERY, ())
        } else {
            postgres_cqrs(pool.clone(), Vec::new(), ())
        };
        Ok(Self {
            cqrs,
            store: PersistedEventStore::new_event_store(events()),
            events: events(),
            snapshots,
            pool,
        })
    }

    async fn reconnect(&self, settings: &Settings) -> Result<Self> {
        self.pool.close().await;
        Self::connect(settings).await
    }

    async fn open(&self, account: Id) -> Result<Tried> {
        let id = account.to_string();
        tried(self.cqrs.execute(&id, AccountCommand::Open).await)
    }

    async fn deposit(&self, account: Id, amount: u32) -> Result<Tried> {
        let id = account.to_string();
        tried(
            self.cqrs
                .execute(&id, AccountCommand::Deposit { amount })
                .await,
        )
    }

    async fn append(&self, entry: Entry) -> Result<Tried> {
        let event: SerializedEvent = seed::deposited(entry)?;
        match self.events.persist::<Account>(&[event], None).await {
            Ok(()) => Ok(Tried::Accepted),
            Err(PersistenceError::OptimisticLockError) => Ok(Tried::Conflict),
            Err(error) => Err(error.into()),
        }
    }

    async fn seed(&self, accounts: &[Id], events: u32) -> Result<()> {
        seed::accounts(self, accounts, events).await
    }

    async fn load(&self, account: Id) -> Result<u64> {
        let id = account.to_string();
        let mut context = self.store.load_aggregate(&id).await?;
        Ok(context.aggregate().balance)
    }

    async fn project(&self, _events: u64) -> Result<Totals> {
        projection::run(&self.pool).await
    }

    async fn totals(&self) -> Result<Totals> {
        let (events, amount): (i64, i64) = sqlx::query_as(COUNT).fetch_one(&self.pool).await?;
        Ok(Totals {
            events: u64::try_from(events)?,
            amount: u64::try_from(amount)?,
        })
    }
}

fn tried(executed: Result<(), AggregateError<AccountError>>) -> Result<Tried> {
    match executed {
        Ok(()) => Ok(Tried::Accepted),
        Err(AggregateError::AggregateConflict) => Ok(Tried::Conflict),
        Err(error) => Err(error.into()),
    }
}
