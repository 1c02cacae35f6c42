//! COPY: the fastest way into a table.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::Result;
use bench_harness::{Account, Outcome, Totals};
use sqlx::PgPool;
use sqlx::postgres::PgPoolCopyExt;
use uuid::Uuid;

use crate::table;

/// Into the least table.
pub(crate) const COPY: &str = "COPY events (event_id, stream, version, name, payload) FROM STDIN";

/// How many events one COPY has.
const EVENTS: u32 = 20_000;

/// One COPY after the other until the time is up.
pub(crate) async fn until(pool: &PgPool, time: Duration) -> Result<Outcome> {
    let began = Instant::now();
    let mut outcome = Outcome::default();
    while began.elapsed() < time {
        let accounts: Vec<_> = (0..EVENTS / Account::EVENTS)
            .map(|_| Account::new())
            .collect();
        let rows = rows(&accounts, Account::EVENTS, "account.deposited");
        copy(pool, COPY, &rows).await?;
        outcome.operations += u64::from(EVENTS);
    }
    outcome.seconds = began.elapsed().as_secs_f64();
    outcome.recorded = Totals {
        events: outcome.operations,
        amount: outcome.operations,
    };
    Ok(outcome)
}

/// Accounts that begin with an opening.
pub(crate) async fn accounts(
    pool: &PgPool,
    statement: &str,
    accounts: &[Account],
    events: u32,
) -> Result<()> {
    copy(pool, statement, &rows(accounts, events, "account.opened")).await
}

fn rows(accounts: &[Account], events: u32, first: &str) -> String {
    let mut rows = String::new();
    for account in accounts {
        for version in 1..=events {
            let is_opening = version == 1 && first == "account.opened";
            let (name, payload) = if is_opening {
                (first, "{}".to_owned())
            } else {
                ("account.deposited", table::payload(1))
            };
            let id = Uuid::now_v7();
            // Writing to a string can't fail.
            let _ = writeln!(rows, "{id}\t{account}\t{version}\t{name}\t{payload}");
        }
    }
    rows
}

async fn copy(pool: &PgPool, statement: &str, rows: &str) -> Result<()> {
    let mut copy = pool.copy_in_raw(statement).await?;
    for part in rows.as_bytes().chunks(1 << 16) {
        copy.send(part).await?;
    }
    copy.finish().await?;
    Ok(())
}
