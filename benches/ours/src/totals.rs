//! What is recorded: from the tables where there are any, past the store.

use anyhow::Result;
use bench_harness::Totals;

use crate::bank::Ours;
use crate::replay;
use crate::store::Store;

const COUNT: &str = "\
SELECT count(*)::bigint, coalesce(sum((payload->>'amount')::bigint), 0)::bigint FROM cqrs.events";

pub(crate) async fn of(bank: &Ours) -> Result<Totals> {
    match &bank.store {
        Store::Memory(_) => replay::count(&bank.cqrs).await,
        Store::Postgres { counter, .. } => {
            let (events, amount): (i64, i64) = sqlx::query_as(COUNT).fetch_one(counter).await?;
            Ok(Totals {
                events: u64::try_from(events)?,
                amount: u64::try_from(amount)?,
            })
        }
    }
}
