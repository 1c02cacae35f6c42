//! What is recorded: from the tables where there are any, past the store.
//!
//! Of a log that was long before, only what came since: the events of before are counted when it is filled, and to count ten
//! million each time takes longer than to measure.

use anyhow::Result;
use bench_harness::Totals;

use crate::bank::Ours;
use crate::replay;
use crate::store::Store;

const COUNT: &str = "\
SELECT count(*)::bigint, coalesce(sum((payload->>'amount')::bigint), 0)::bigint FROM cqrs.events WHERE position > $1";

const END: &str = "SELECT coalesce(max(position), 0)::bigint FROM cqrs.events";

pub(crate) async fn of(bank: &Ours) -> Result<Totals> {
    match &bank.store {
        Store::Memory(_) => replay::count(&bank.cqrs).await,
        Store::Postgres { counter, .. } => {
            let row = sqlx::query_as(COUNT).bind(bank.counted_from);
            let (events, amount): (i64, i64) = row.fetch_one(counter).await?;
            Ok(Totals {
                events: u64::try_from(events)?,
                amount: u64::try_from(amount)?,
            })
        }
    }
}

/// The position after which events are counted: the end of a log that has so many events already.
pub(crate) async fn from(store: &Store, log: u64) -> Result<i64> {
    match store {
        Store::Postgres { counter, .. } if log > 0 => {
            let (end,) = sqlx::query_as(END).fetch_one(counter).await?;
            Ok(end)
        }
        _ => Ok(0),
    }
}
