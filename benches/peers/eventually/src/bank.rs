//! The harness's calls, answered with eventually.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, bail};
use bench_harness::{About, Account as Id, Bank, Entry, Settings, Totals, Tried, Variant, Work};
use eventually::Repository;
use eventually::aggregate::AggregateRootBuilder;
use eventually::repository::Error as RepositoryError;
use eventually::store::{EventStore, Expected, Select};
use eventually_postgres::store::Error;
use futures::TryStreamExt;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::account::{Account, AccountCommand, AccountEvent};
use crate::clients::{self, Store};

const COUNT: &str = "SELECT count(*)::bigint, \
     coalesce(sum((event->'Deposited'->>'amount')::bigint), 0)::bigint FROM events";

pub(crate) struct Eventually {
    stores: Vec<Store>,
    next: AtomicUsize,
    counter: Client,
}

impl Bank for Eventually {
    const ABOUT: About = About {
        crates: &["eventually", "eventually-postgres"],
        variants: &[Variant {
            name: "eventually",
            note: "a client for each connection of a pool; it builds with serde 1.0.118 only",
        }],
    };

    fn leaves_out(_: &str, work: Work) -> Option<&'static str> {
        match work {
            Work::AppendUnless => Some("it has no conditions over tags"),
            Work::Projection => Some("its checkpoint is apart from the view: not exactly once"),
            Work::HandlerDelay => {
                Some("its subscriber drops events when it falls behind by 128 of them")
            }
            Work::Overhead => Some("it is measured on memory"),
            _ => None,
        }
    }

    async fn connect(settings: &Settings) -> Result<Self> {
        let count = settings.tasks.clamp(1, settings.pool as usize);
        let (stores, counter) = clients::stores(&settings.url, count).await?;
        Ok(Self {
            stores,
            next: AtomicUsize::new(0),
            counter,
        })
    }

    async fn open(&self, account: Id) -> Result<Tried> {
        // As the library's documentation does it: also a new aggregate is loaded first.
        self.handle(account, AccountCommand::Open).await
    }

    async fn deposit(&self, account: Id, amount: u32) -> Result<Tried> {
        self.handle(account, AccountCommand::Deposit { amount })
            .await
    }

    async fn append(&self, entry: Entry) -> Result<Tried> {
        let amount = entry.amount;
        let events = vec![AccountEvent::Deposited { amount }];
        let expected = Expected::Exact(entry.version);
        let mut store = self.store();
        tried(
            store
                .append(entry.account.to_string(), expected, events)
                .await,
        )
    }

    async fn seed(&self, accounts: &[Id], events: u32) -> Result<()> {
        for account in accounts {
            let mut all = vec![AccountEvent::Opened {}];
            all.extend((1..events).map(|_| AccountEvent::Deposited { amount: 1 }));
            let mut store = self.store();
            let id = account.to_string();
            while tried(
                store
                    .append(id.clone(), Expected::Exact(0), all.clone())
                    .await,
            )? == Tried::Conflict
            {}
        }
        Ok(())
    }

    async fn load(&self, account: Id) -> Result<u64> {
        let root = self.repository().get(account.to_string()).await?;
        Ok(root.state().balance)
    }

    async fn replay(&self) -> Result<Totals> {
        let mut totals = Totals::default();
        let store = self.store();
        let mut events = store.stream_all(Select::All).await?;
        while let Some(event) = events.try_next().await? {
            totals.events += 1;
            if let AccountEvent::Deposited { amount } = event.take() {
                totals.amount += u64::from(amount);
            }
        }
        Ok(totals)
    }

    async fn totals(&self) -> Result<Totals> {
        let row = self.counter.query_one(COUNT, &[]).await?;
        let (events, amount): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        Ok(Totals {
            events: u64::try_from(events)?,
            amount: u64::try_from(amount)?,
        })
    }
}

impl Eventually {
    fn store(&self) -> Store {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        self.stores[next % self.stores.len()].clone()
    }

    fn repository(&self) -> Repository<Account, Store> {
        Repository::new(AggregateRootBuilder::from(Account), self.store())
    }

    async fn handle(&self, account: Id, command: AccountCommand) -> Result<Tried> {
        let mut repository = self.repository();
        let mut root = repository.get(account.to_string()).await?;
        root.handle(command).await?;
        match repository.add(root).await {
            Ok(_) => Ok(Tried::Accepted),
            Err(RepositoryError::Store(error)) => tried(Err(error)),
            Err(error) => bail!(error),
        }
    }
}

/// The library does not tell conflicts from other errors, so that its users have to look at what the database says.
fn tried(appended: Result<u32, Error>) -> Result<Tried> {
    let Err(error) = appended else {
        return Ok(Tried::Accepted);
    };
    let is_conflict = match &error {
        Error::Postgres(error) => error.code().is_some_and(|code| {
            [&SqlState::UNIQUE_VIOLATION, &SqlState::RAISE_EXCEPTION].contains(&code)
        }),
        _ => false,
    };
    if is_conflict {
        return Ok(Tried::Conflict);
    }
    Err(error.into())
}
