//! The projection: a plain `+=` in a table of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use cqrs_core::prelude::*;
use cqrs_core::runtime::projection::Projection;
use cqrs_core::words::partition::PartitionCount;
use cqrs_postgres::{Postgres, Tx};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor, Row};

use super::account::AccountEvent;

pub(crate) const SUMS: ProcessorName = ProcessorName::from_static("sums");

/// What came to each account, and how many events it has.
pub(crate) struct Sums {
    /// How long it stands still after each write, inside the transaction.
    pub pause: Duration,
}

impl Projection<Postgres> for Sums {
    const NAME: ProcessorName = SUMS;
    const PARTITIONS: PartitionCount = PartitionCount::from_static(4);
    type Event = AccountEvent;
    type Error = sqlx::Error;

    async fn setup(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        let create = "CREATE TABLE IF NOT EXISTS sums \
                      (account text PRIMARY KEY, amount bigint NOT NULL, events bigint NOT NULL)";
        tx.execute(create).await.map(drop)
    }

    async fn project(
        &self,
        event: &Recorded<AccountEvent>,
        tx: &mut Tx,
    ) -> Result<(), sqlx::Error> {
        let amount = match event.event {
            AccountEvent::Deposited { amount, .. } => amount,
            AccountEvent::Withdrawn { amount, .. } => -amount,
            AccountEvent::Opened { .. } | AccountEvent::Closed => 0,
        };
        let add = "INSERT INTO sums AS s VALUES ($1, $2, 1) \
                   ON CONFLICT (account) DO UPDATE SET amount = s.amount + EXCLUDED.amount, events = s.events + 1";
        let account = event.stream.key().to_string();
        let add = sqlx::query(add).bind(account).bind(amount);
        add.execute(&mut **tx).await?;
        if !self.pause.is_zero() {
            tokio::time::sleep(self.pause).await;
        }
        Ok(())
    }
}

/// The table: by account, the amount and the number of events.
pub(crate) async fn table(
    pool: &PgPool,
    store: &Postgres,
) -> Result<BTreeMap<String, (i64, i64)>, sqlx::Error> {
    let place = store.schema_of(&SUMS);
    let select = format!("SELECT account, amount, events FROM \"{place}\".sums");
    let rows = pool.fetch_all(AssertSqlSafe(select)).await?;
    let rows = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?))));
    rows.collect()
}
