//! The view of balances, and the handler whose delay is measured: event listeners, as the documentation shows them.
//!
//! The listener's checkpoint is in another transaction than the view: at least once, not exactly once. Under load it is less
//! than that, which is no matter of how it is used: `docs/decisions/0079-what-is-known-of-a-peer-that-loses-events.md`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use async_trait::async_trait;
use bench_harness::{Arrivals, Totals};
use disintegrate::{EventListener, PersistedEvent, StreamQuery, query};
use disintegrate_postgres::{PgEventId, PgEventListener, PgEventListenerConfig};
use sqlx::PgPool;
use tokio::sync::Notify;

use crate::account::AccountEvent;
use crate::bank::Store;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS balances \
     (account uuid PRIMARY KEY, deposits bigint NOT NULL, balance bigint NOT NULL)";

const UPSERT: &str = "INSERT INTO balances VALUES ($1, 1, $2) ON CONFLICT (account) \
     DO UPDATE SET deposits = balances.deposits + 1, balance = balances.balance + $2";

const VIEW: &str = "SELECT coalesce(sum(deposits), 0)::bigint, \
     coalesce(sum(balance), 0)::bigint FROM balances";

/// How often a listener asks by itself.
const POLL: Duration = Duration::from_millis(10);

struct Balances {
    query: StreamQuery<PgEventId, AccountEvent>,
    pool: PgPool,
    left: AtomicU64,
    done: Arc<Notify>,
}

#[async_trait]
impl EventListener<PgEventId, AccountEvent> for Balances {
    type Error = sqlx::Error;

    fn id(&self) -> &'static str {
        "balances"
    }

    fn query(&self) -> &StreamQuery<PgEventId, AccountEvent> {
        &self.query
    }

    async fn handle(
        &self,
        event: PersistedEvent<PgEventId, AccountEvent>,
    ) -> Result<(), sqlx::Error> {
        if let AccountEvent::Deposited { account_id, amount } = event.into_inner() {
            sqlx::query(UPSERT)
                .bind(account_id)
                .bind(i64::from(amount))
                .execute(&self.pool)
                .await?;
        }
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.done.notify_one();
        }
        Ok(())
    }
}

pub(crate) async fn project(store: &Store, pool: &PgPool, events: u64) -> Result<Totals> {
    sqlx::query(TABLE).execute(pool).await?;
    let done = Arc::new(Notify::new());
    let balances = Balances {
        query: query!(AccountEvent),
        pool: pool.clone(),
        left: AtomicU64::new(events),
        done: Arc::clone(&done),
    };
    PgEventListener::builder(store.clone())
        .register_listener(balances, PgEventListenerConfig::poller(POLL))
        .start_with_shutdown(async move { done.notified().await })
        .await?;
    let (events, amount): (i64, i64) = sqlx::query_as(VIEW).fetch_one(pool).await?;
    Ok(Totals {
        events: u64::try_from(events)?,
        amount: u64::try_from(amount)?,
    })
}

struct Handler {
    query: StreamQuery<PgEventId, AccountEvent>,
    arrivals: Arc<Arrivals>,
}

#[async_trait]
impl EventListener<PgEventId, AccountEvent> for Handler {
    type Error = std::convert::Infallible;

    fn id(&self) -> &'static str {
        "handler"
    }

    fn query(&self) -> &StreamQuery<PgEventId, AccountEvent> {
        &self.query
    }

    async fn handle(
        &self,
        event: PersistedEvent<PgEventId, AccountEvent>,
    ) -> Result<(), Self::Error> {
        if let AccountEvent::Deposited { amount, .. } = event.into_inner() {
            self.arrivals.arrived(amount);
        }
        Ok(())
    }
}

pub(crate) async fn follow(store: &Store, arrivals: Arc<Arrivals>) -> Result<()> {
    let handler = Handler {
        query: query!(AccountEvent),
        arrivals,
    };
    let config = PgEventListenerConfig::poller(POLL).with_notifier();
    let listener = PgEventListener::builder(store.clone()).register_listener(handler, config);
    tokio::spawn(async move { listener.start().await.context("the listener ended") });
    // It does not say when it listens.
    tokio::time::sleep(Duration::from_millis(200)).await;
    Ok(())
}
