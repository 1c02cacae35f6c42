//! The harness's calls, answered with esrs.

use anyhow::{Context, Result};
use bench_harness::{About, Account as Id, Bank, Entry, Settings, Totals, Tried, Variant, Work};
use esrs::AggregateState;
use esrs::manager::AggregateManager;
use esrs::store::EventStore;
use esrs::store::postgres::{PgStore, PgStoreBuilder, PgStoreError};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::account::{Account, AccountCommand, AccountEvent, AccountState};
use crate::projection;

const LOCK: &str = "esrs, lock";

const COUNT: &str = "SELECT count(*)::bigint, \
     coalesce(sum((payload->'Deposited'->>'amount')::bigint), 0)::bigint FROM ";

pub(crate) struct Esrs {
    manager: AggregateManager<PgStore<Account>>,
    store: PgStore<Account>,
    locks: bool,
    pool: PgPool,
}

impl Bank for Esrs {
    const ABOUT: About = About {
        crates: &["esrs"],
        variants: &[
            Variant {
                name: "esrs",
                note: "`load`; the caller retries after a conflict",
            },
            Variant {
                name: LOCK,
                note: "`lock_and_load`; twice the tasks as connections, since each command holds two",
            },
        ],
    };

    fn leaves_out(variant: &str, work: Work) -> Option<&'static str> {
        match work {
            Work::AppendUnless => Some("it has no conditions over tags"),
            Work::HandlerDelay => {
                Some("handlers run inside the command, after the commit: there is no feed")
            }
            Work::Overhead => Some("it is measured on memory"),
            Work::OneAccount => None,
            _ if variant == LOCK => Some("without contention the lock is only one more trip"),
            _ => None,
        }
    }

    async fn connect(settings: &Settings) -> Result<Self> {
        let locks = settings.variant == LOCK;
        let for_locks = u32::try_from(2 * settings.tasks)?;
        let most = if locks { for_locks } else { 0 };
        let pool = PgPoolOptions::new()
            .max_connections(settings.pool.max(most))
            .connect(&settings.url)
            .await?;
        let store = PgStoreBuilder::new(pool.clone()).try_build().await?;
        Ok(Self {
            manager: AggregateManager::new(store.clone()),
            store,
            locks,
            pool,
        })
    }

    async fn reconnect(&self, settings: &Settings) -> Result<Self> {
        self.pool.close().await;
        Self::connect(settings).await
    }

    async fn open(&self, account: Id) -> Result<Tried> {
        self.handle(AggregateState::with_id(account.0), AccountCommand::Open)
            .await
    }

    async fn deposit(&self, account: Id, amount: u32) -> Result<Tried> {
        let state = if self.locks {
            self.manager
                .lock_and_load(account.0)
                .await?
                .unwrap_or_default()
        } else {
            self.manager
                .load(account.0)
                .await?
                .context("the account is not there")?
        };
        self.handle(state, AccountCommand::Deposit { amount }).await
    }

    async fn append(&self, entry: Entry) -> Result<Tried> {
        let mut state = AggregateState::<AccountState>::with_id(entry.account.0);
        for _ in 0..entry.version {
            state.next_sequence_number();
        }
        let amount = entry.amount;
        let events = vec![AccountEvent::Deposited { amount }];
        tried(self.store.persist(&mut state, events).await.map(drop))
    }

    async fn seed(&self, accounts: &[Id], events: u32) -> Result<()> {
        for account in accounts {
            let mut state = AggregateState::<AccountState>::with_id(account.0);
            let mut all = vec![AccountEvent::Opened {}];
            all.extend((1..events).map(|_| AccountEvent::Deposited { amount: 1 }));
            self.store.persist(&mut state, all).await?;
        }
        Ok(())
    }

    async fn load(&self, account: Id) -> Result<u64> {
        let loaded = self.manager.load(account.0).await?;
        Ok(loaded.context("the account is not there")?.inner().balance)
    }

    async fn project(&self, _events: u64) -> Result<Totals> {
        projection::run(&self.pool).await
    }

    async fn replay(&self) -> Result<Totals> {
        projection::count(&self.store, &self.pool).await
    }

    async fn totals(&self) -> Result<Totals> {
        let count = format!("{COUNT}{}", self.store.table_name());
        let (events, amount): (i64, i64) = sqlx::query_as(&count).fetch_one(&self.pool).await?;
        Ok(Totals {
            events: u64::try_from(events)?,
            amount: u64::try_from(amount)?,
        })
    }
}

impl Esrs {
    async fn handle(
        &self,
        state: AggregateState<AccountState>,
        command: AccountCommand,
    ) -> Result<Tried> {
        let handled = self.manager.handle_command(state, command).await;
        tried(match handled {
            Ok(decided) => {
                decided?;
                Ok(())
            }
            Err(error) => Err(error),
        })
    }
}

/// A conflict is a violation of the unique index over aggregate and sequence number.
fn tried(persisted: Result<(), PgStoreError>) -> Result<Tried> {
    match persisted {
        Ok(()) => Ok(Tried::Accepted),
        Err(PgStoreError::Sqlx(sqlx::Error::Database(error))) if error.is_unique_violation() => {
            Ok(Tried::Conflict)
        }
        Err(error) => Err(error.into()),
    }
}
