//! The same in a table of the user's own: a `Projection<Postgres>` with one upsert a batch, in the checkpoint's transaction.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, ensure};
use bench_harness::Totals;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::projection::Projection;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::processor::ProcessorName;
use cqrs_postgres::{Postgres, Tx};
use sqlx::{AssertSqlSafe, Executor, PgPool};
use uuid::Uuid;

use crate::account::AccountEvent;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS balances \
     (account uuid PRIMARY KEY, deposits bigint NOT NULL, balance bigint NOT NULL)";

const UPSERT: &str = "INSERT INTO balances AS b (account, deposits, balance) \
     SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) ON CONFLICT (account) \
     DO UPDATE SET deposits = b.deposits + EXCLUDED.deposits, balance = b.balance + EXCLUDED.balance";

struct Balances;

impl Projection<Postgres> for Balances {
    const NAME: ProcessorName = ProcessorName::from_static("own_balances");
    type Event = AccountEvent;
    type Error = anyhow::Error;

    async fn setup(&self, tx: &mut Tx) -> Result<()> {
        tx.execute(TABLE).await?;
        Ok(())
    }

    async fn project(&self, event: &Recorded<AccountEvent>, tx: &mut Tx) -> Result<()> {
        self.project_batch(&[event], tx).await
    }

    async fn project_batch(&self, events: &[&Recorded<AccountEvent>], tx: &mut Tx) -> Result<()> {
        let mut added = BTreeMap::<Uuid, (i64, i64)>::new();
        for event in events {
            if let AccountEvent::MoneyDeposited(deposited) = &event.event {
                let sums = added
                    .entry(event.stream.key().as_str().parse()?)
                    .or_default();
                sums.0 += 1;
                sums.1 += i64::from(deposited.amount);
            }
        }
        let accounts: Vec<_> = added.keys().copied().collect();
        let (deposits, amounts): (Vec<_>, Vec<_>) = added.into_values().unzip();
        let upsert = sqlx::query(UPSERT)
            .bind(accounts)
            .bind(deposits)
            .bind(amounts);
        upsert.execute(&mut **tx).await?;
        Ok(())
    }
}

pub(super) async fn run(store: &Postgres, counter: &PgPool) -> Result<Totals> {
    let built = Cqrs::builder(store.clone()).projection(Balances);
    let cqrs = built.build().await?;
    let end = super::end_of_log(&cqrs).await?;
    let runners = cqrs.start_runners();
    let seen = cqrs.wait_for(Balances::NAME, "all of one partition", end);
    seen.within(Duration::from_mins(10)).await?;
    ensure!(
        runners.stop(Duration::from_secs(5)).await,
        "it did not stop"
    );
    let schema = store.schema_of(&Balances::NAME);
    let count = format!(
        "SELECT coalesce(sum(deposits), 0)::bigint, coalesce(sum(balance), 0)::bigint FROM \"{schema}\".balances"
    );
    let (events, amount): (i64, i64) = sqlx::query_as(AssertSqlSafe(count))
        .fetch_one(counter)
        .await?;
    Ok(Totals {
        events: u64::try_from(events)?,
        amount: u64::try_from(amount)?,
    })
}
