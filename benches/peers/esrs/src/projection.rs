//! The view of balances: a transactional event handler under the rebuilder, all in one transaction.

use anyhow::Result;
use async_trait::async_trait;
use bench_harness::Totals;
use esrs::handler::TransactionalEventHandler;
use esrs::rebuilder::{PgRebuilder, Rebuilder};
use esrs::store::StoreEvent;
use esrs::store::postgres::{PgStore, PgStoreError};
use futures::TryStreamExt;
use sqlx::{PgConnection, PgPool};

use crate::account::{Account, AccountEvent};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS balances \
     (account uuid PRIMARY KEY, deposits bigint NOT NULL, balance bigint NOT NULL)";

const UPSERT: &str = "INSERT INTO balances VALUES ($1, 1, $2) ON CONFLICT (account) \
     DO UPDATE SET deposits = balances.deposits + 1, balance = balances.balance + $2";

const VIEW: &str = "SELECT coalesce(sum(deposits), 0)::bigint, \
     coalesce(sum(balance), 0)::bigint FROM balances";

struct Balances;

#[async_trait]
impl TransactionalEventHandler<Account, PgStoreError, PgConnection> for Balances {
    async fn handle(
        &self,
        event: &StoreEvent<AccountEvent>,
        transaction: &mut PgConnection,
    ) -> Result<(), PgStoreError> {
        if let AccountEvent::Deposited { amount } = event.payload {
            sqlx::query(UPSERT)
                .bind(event.aggregate_id)
                .bind(i64::from(amount))
                .execute(transaction)
                .await?;
        }
        Ok(())
    }
}

pub(crate) async fn run(pool: &PgPool) -> Result<Totals> {
    sqlx::query(TABLE).execute(pool).await?;
    PgRebuilder::<Account>::new()
        .with_transactional_event_handlers(vec![Box::new(Balances)])
        .all_at_once(pool.clone())
        .await?;
    let (events, amount): (i64, i64) = sqlx::query_as(VIEW).fetch_one(pool).await?;
    Ok(Totals {
        events: u64::try_from(events)?,
        amount: u64::try_from(amount)?,
    })
}

pub(crate) async fn count(store: &PgStore<Account>, pool: &PgPool) -> Result<Totals> {
    let mut totals = Totals::default();
    let mut events = store.stream_events(pool);
    while let Some(event) = events.try_next().await? {
        totals.events += 1;
        if let AccountEvent::Deposited { amount } = event.payload {
            totals.amount += u64::from(amount);
        }
    }
    Ok(totals)
}
