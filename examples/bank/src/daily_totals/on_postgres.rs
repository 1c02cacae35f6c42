//! The totals in a table on PostgreSQL.

use chrono::NaiveDate;
use cqrs_core::ports::error::BoxError;
use cqrs_core::prelude::*;
use cqrs_core::runtime::projection::Projection;
use cqrs_postgres::{Postgres, Tx};
use sqlx::{AssertSqlSafe, Executor, PgPool, Row};

use super::{CashEvent, DAILY_TOTALS, DailyTotals, ReadDailyTotals, Totals, entry};

impl Projection<Postgres> for DailyTotals {
    const NAME: ProcessorName = DAILY_TOTALS;
    type Event = CashEvent;
    type Error = sqlx::Error;

    async fn setup(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        // Without a schema: the table belongs to the generation.
        let create = "CREATE TABLE IF NOT EXISTS daily_totals \
                      (day date PRIMARY KEY, deposited bigint NOT NULL, withdrawn bigint NOT NULL)";
        tx.execute(create).await.map(drop)
    }

    async fn project(&self, event: &Recorded<CashEvent>, tx: &mut Tx) -> Result<(), sqlx::Error> {
        let (day, totals) = entry(event);
        let add = "INSERT INTO daily_totals AS t (day, deposited, withdrawn) VALUES ($1, $2, $3) \
                   ON CONFLICT (day) DO UPDATE \
                   SET deposited = t.deposited + EXCLUDED.deposited, withdrawn = t.withdrawn + EXCLUDED.withdrawn";
        let add = sqlx::query(add)
            .bind(day)
            .bind(totals.deposited)
            .bind(totals.withdrawn);
        add.execute(&mut **tx).await.map(drop)
    }
}

/// Reads the totals with connections of the reader's own.
#[derive(Clone, Debug)]
pub struct PostgresTotals {
    pool: PgPool,
    /// Where the table of the live generation is seen.
    schema: String,
}

impl PostgresTotals {
    #[must_use]
    pub fn new(store: &Postgres, pool: PgPool) -> Self {
        let schema = store.schema_of(&DAILY_TOTALS);
        Self { pool, schema }
    }
}

impl ReadDailyTotals for PostgresTotals {
    async fn on(&self, day: NaiveDate) -> Result<Totals, BoxError> {
        let select = format!(
            "SELECT deposited, withdrawn FROM \"{}\".daily_totals WHERE day = $1",
            self.schema
        );
        let select = sqlx::query(AssertSqlSafe(select)).bind(day);
        let Some(row) = select.fetch_optional(&self.pool).await? else {
            return Ok(Totals::default());
        };
        Ok(Totals {
            deposited: row.try_get(0)?,
            withdrawn: row.try_get(1)?,
        })
    }
}
