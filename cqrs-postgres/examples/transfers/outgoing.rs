//! The inline read models: what went out of each account, written in the transaction of each withdrawal, as documents and
//! as a table with a plain `+=`.

use std::collections::BTreeMap;

use cqrs_core::prelude::*;
use cqrs_core::runtime::projection::Projection;
use cqrs_postgres::{Postgres, Tx};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor, Row};

use super::account::AccountId;

/// All that the inline read models read, so that other events are appended as ever.
#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) enum WithdrawnEvent {
    #[event(name = "account.withdrawn")]
    Withdrawn { amount: i64, transfer: Option<u64> },
}

impl WithdrawnEvent {
    const fn amount(&self) -> i64 {
        let Self::Withdrawn { amount, .. } = self;
        *amount
    }
}

const OUTGOING: ProcessorName = ProcessorName::from_static("outgoing");
const OUTGOING_SUMS: ProcessorName = ProcessorName::from_static("outgoing-sums");

/// Those that are written by appends.
pub(crate) const NAMES: [ProcessorName; 2] = [OUTGOING, OUTGOING_SUMS];

/// What went out of an account.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub events: i64,
    pub amount: i64,
}

impl View for Outgoing {
    const NAME: ProcessorName = OUTGOING;
    const RUN: Run = Run::Inline;
    type Event = WithdrawnEvent;
    type Key = AccountId;

    fn keys(event: &Recorded<WithdrawnEvent>) -> impl IntoIterator<Item = AccountId> {
        event.id()
    }

    fn apply(&mut self, event: &Recorded<WithdrawnEvent>) {
        self.events += 1;
        self.amount += event.event.amount();
    }
}

/// The same in a table.
pub(crate) struct OutgoingSums;

impl Projection<Postgres> for OutgoingSums {
    const NAME: ProcessorName = OUTGOING_SUMS;
    const RUN: Run = Run::Inline;
    type Event = WithdrawnEvent;
    type Error = sqlx::Error;

    async fn setup(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        let create = "CREATE TABLE IF NOT EXISTS outgoing \
                      (account text PRIMARY KEY, amount bigint NOT NULL, events bigint NOT NULL)";
        tx.execute(create).await.map(drop)
    }

    async fn project(
        &self,
        event: &Recorded<WithdrawnEvent>,
        tx: &mut Tx,
    ) -> Result<(), sqlx::Error> {
        let add = "INSERT INTO outgoing AS o VALUES ($1, $2, 1) \
                   ON CONFLICT (account) DO UPDATE SET amount = o.amount + EXCLUDED.amount, events = o.events + 1";
        let account = event.stream.key().to_string();
        let add = sqlx::query(add).bind(account).bind(event.event.amount());
        add.execute(&mut **tx).await.map(drop)
    }
}

/// The table: by account, the amount and the number of events.
pub(crate) async fn table(
    pool: &PgPool,
    store: &Postgres,
) -> Result<BTreeMap<String, Outgoing>, sqlx::Error> {
    let place = store.schema_of(&OUTGOING_SUMS);
    let select = format!("SELECT account, amount, events FROM \"{place}\".outgoing");
    let rows = pool.fetch_all(AssertSqlSafe(select)).await?;
    let outgoing = |row: &sqlx::postgres::PgRow| {
        let (amount, events) = (row.try_get(1)?, row.try_get(2)?);
        Ok((row.try_get(0)?, Outgoing { events, amount }))
    };
    rows.iter().map(outgoing).collect()
}
