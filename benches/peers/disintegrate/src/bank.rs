//! The harness's calls, answered with disintegrate.

use std::sync::Arc;

use anyhow::Result;
use bench_harness::{
    About, Account as Id, Arrivals, Bank, Entry, Settings, Totals, Tried, Variant, Work,
};
use disintegrate::serde::json::Json;
use disintegrate::{EventSourcedStateStore, EventStore, LoadState, NoSnapshot, query};
use disintegrate_postgres::{
    PgDecisionMaker, PgEventId, PgEventStore, PgSnapshotter, WithPgSnapshot, decision_maker,
};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::account::{AccountEvent, Balance, Deposit, Open};
use crate::{conflict, listener, replay};

const SNAPSHOTS: &str = "disintegrate, snapshots";

/// How many events there are between snapshots.
const SNAPSHOT_EVERY: u64 = 100;

pub(crate) type Store = PgEventStore<AccountEvent, Json<AccountEvent>>;

const COUNT: &str = "SELECT count(*)::bigint, coalesce(sum((convert_from(payload, 'UTF8')::json\
     ->'Deposited'->>'amount')::bigint), 0)::bigint FROM event";

pub(crate) struct Disintegrate {
    maker: Maker,
    states: EventSourcedStateStore<PgEventId, AccountEvent, Store, NoSnapshot>,
    store: Store,
    pool: PgPool,
}

enum Maker {
    Plain(PgDecisionMaker<AccountEvent, Json<AccountEvent>, NoSnapshot>),
    Snapshots(PgDecisionMaker<AccountEvent, Json<AccountEvent>, WithPgSnapshot>),
}

impl Bank for Disintegrate {
    const ABOUT: About = About {
        crates: &["disintegrate", "disintegrate-postgres"],
        variants: &[
            Variant {
                name: "disintegrate",
                note: "events only; the caller retries after a conflict, also after a serialisation failure; its listener \
                       passes over events that commit while it reads, by its SQL alone: docs/decisions/0079",
            },
            Variant {
                name: SNAPSHOTS,
                note: "a snapshot every 100 events",
            },
        ],
    };

    fn leaves_out(variant: &str, work: Work) -> Option<&'static str> {
        match work {
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
        let store = PgEventStore::try_new(pool.clone(), Json::default()).await?;
        let maker = if settings.variant == SNAPSHOTS {
            let snapshotter = PgSnapshotter::try_new(pool.clone(), SNAPSHOT_EVERY).await?;
            Maker::Snapshots(decision_maker(
                store.clone(),
                WithPgSnapshot::new(snapshotter),
            ))
        } else {
            Maker::Plain(decision_maker(store.clone(), NoSnapshot))
        };
        Ok(Self {
            maker,
            states: EventSourcedStateStore::new(store.clone(), NoSnapshot),
            store,
            pool,
        })
    }

    async fn reconnect(&self, settings: &Settings) -> Result<Self> {
        self.pool.close().await;
        Self::connect(settings).await
    }

    async fn open(&self, account: Id) -> Result<Tried> {
        match &self.maker {
            Maker::Plain(maker) => conflict::decided(maker.make(Open(account)).await),
            Maker::Snapshots(maker) => conflict::decided(maker.make(Open(account)).await),
        }
    }

    async fn deposit(&self, account: Id, amount: u32) -> Result<Tried> {
        let deposit = Deposit(account, amount);
        match &self.maker {
            Maker::Plain(maker) => conflict::decided(maker.make(deposit).await),
            Maker::Snapshots(maker) => conflict::decided(maker.make(deposit).await),
        }
    }

    async fn append(&self, entry: Entry) -> Result<Tried> {
        let appended = self.store.append_without_validation(vec![event(entry)]);
        let appended = conflict::appended(appended.await)?;
        Ok(appended.map_or(Tried::Conflict, |_| Tried::Accepted))
    }

    async fn append_unless(&self, entry: Entry, after: u64) -> Result<Option<u64>> {
        let account = entry.account.0;
        let query = query!(AccountEvent; account_id == account);
        let append =
            self.store
                .append::<AccountEvent>(vec![event(entry)], query, i64::try_from(after)?);
        let Some(appended) = conflict::appended(append.await)? else {
            return Ok(None);
        };
        let position = appended.last().map_or(0, disintegrate::PersistedEvent::id);
        Ok(Some(u64::try_from(position)?))
    }

    async fn seed(&self, accounts: &[Id], events: u32) -> Result<()> {
        let mut all = Vec::new();
        for account in accounts {
            let account_id = account.0;
            all.push(AccountEvent::Opened { account_id });
            let deposited = AccountEvent::Deposited {
                account_id,
                amount: 1,
            };
            all.extend((1..events).map(|_| deposited.clone()));
        }
        // Three parameters an event: as many as a statement may have.
        for events in all.chunks(10_000) {
            self.store
                .append_without_validation(events.to_vec())
                .await?;
        }
        Ok(())
    }

    async fn load(&self, account: Id) -> Result<u64> {
        let loaded = self.states.load(Balance::of(account)).await;
        let loaded = loaded.map_err(|error| anyhow::anyhow!("can't load: {error}"))?;
        Ok(loaded.state().balance)
    }

    async fn project(&self, events: u64) -> Result<Totals> {
        listener::project(&self.store, &self.pool, events).await
    }

    async fn replay(&self) -> Result<Totals> {
        replay::count(&self.store).await
    }

    async fn follow(&self, arrivals: Arc<Arrivals>) -> Result<()> {
        listener::follow(&self.store, arrivals).await
    }

    async fn totals(&self) -> Result<Totals> {
        let (events, amount): (i64, i64) = sqlx::query_as(COUNT).fetch_one(&self.pool).await?;
        Ok(Totals {
            events: u64::try_from(events)?,
            amount: u64::try_from(amount)?,
        })
    }
}

fn event(entry: Entry) -> AccountEvent {
    AccountEvent::Deposited {
        account_id: entry.account.0,
        amount: entry.amount,
    }
}
