//! The view of balances: `GenericQuery` over a replay, as the documentation says. It has no checkpoint at all.

use std::sync::Arc;

use anyhow::Result;
use bench_harness::Totals;
use cqrs_es::persist::{GenericQuery, QueryReplay};
use cqrs_es::{EventEnvelope, View};
use postgres_es::{PostgresEventRepository, PostgresViewRepository};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::account::{Account, AccountEvent};

#[derive(Debug, Default, Serialize, Deserialize)]
struct Balance {
    deposits: u64,
    balance: u64,
}

impl View<Account> for Balance {
    fn update(&mut self, event: &EventEnvelope<Account>) {
        if let AccountEvent::Deposited { amount } = event.payload {
            self.deposits += 1;
            self.balance += u64::from(amount);
        }
    }
}

const VIEW: &str = "SELECT coalesce(sum((payload->>'deposits')::bigint), 0)::bigint, \
     coalesce(sum((payload->>'balance')::bigint), 0)::bigint FROM balances";

/// Account by account: `replay_all` of cqrs-es 0.5 binds one parameter more than the statement of postgres-es has.
pub(crate) async fn run(pool: &PgPool) -> Result<Totals> {
    let views = PostgresViewRepository::<Balance, Account>::new("balances", pool.clone());
    let query = GenericQuery::new(Arc::new(views));
    let replay = QueryReplay::new(PostgresEventRepository::new(pool.clone()), query);
    let accounts: Vec<(String,)> = sqlx::query_as("SELECT DISTINCT aggregate_id FROM events")
        .fetch_all(pool)
        .await?;
    for (account,) in accounts {
        replay.replay(&account).await?;
    }
    let (events, amount): (i64, i64) = sqlx::query_as(VIEW).fetch_one(pool).await?;
    Ok(Totals {
        events: u64::try_from(events)?,
        amount: u64::try_from(amount)?,
    })
}
