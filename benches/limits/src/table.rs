//! A plain table of events, by plain statements.

use anyhow::Result;
use bench_harness::{Account, Entry, Totals};
use serde::Deserialize;
use sqlx::PgPool;
use uuid::Uuid;

const TABLE: &str = include_str!("table.sql");

const INSERT: &str = "INSERT INTO events (event_id, stream, version, name, payload) VALUES ($1, $2, $3, $4, $5::json)";

const LOAD: &str = "SELECT position, event_id, stream, version, name, payload::text, \
     extract(epoch FROM recorded_at)::float8 FROM events WHERE stream = $1 ORDER BY version";

const COUNT: &str = "SELECT count(*)::bigint, \
     coalesce(sum((payload->>'amount')::bigint), 0)::bigint FROM events";

type Row = (i64, Uuid, Uuid, i64, String, String, f64);

#[derive(Deserialize)]
struct MoneyDeposited {
    amount: u32,
}

pub(crate) async fn create(pool: &PgPool) -> Result<()> {
    sqlx::raw_sql(TABLE).execute(pool).await?;
    Ok(())
}

pub(crate) fn payload(amount: u32) -> String {
    format!("{{\"amount\":{amount}}}")
}

pub(crate) async fn insert(pool: &PgPool, entry: Entry) -> Result<()> {
    sqlx::query(INSERT)
        .bind(Uuid::now_v7())
        .bind(entry.account.0)
        .bind(i64::from(entry.version) + 1)
        .bind("account.deposited")
        .bind(payload(entry.amount))
        .execute(pool)
        .await?;
    Ok(())
}

/// The raw query of one account's events, with the payloads parsed.
pub(crate) async fn load(pool: &PgPool, account: Account) -> Result<u64> {
    let rows: Vec<Row> = sqlx::query_as(LOAD).bind(account.0).fetch_all(pool).await?;
    let mut balance = 0;
    for row in &rows {
        balance += amount(row)?;
    }
    Ok(balance)
}

pub(crate) async fn count(pool: &PgPool) -> Result<Totals> {
    let (events, amount): (i64, i64) = sqlx::query_as(COUNT).fetch_one(pool).await?;
    Ok(Totals {
        events: u64::try_from(events)?,
        amount: u64::try_from(amount)?,
    })
}

fn amount(row: &Row) -> Result<u64> {
    if row.4 != "account.deposited" {
        return Ok(0);
    }
    let deposited: MoneyDeposited = serde_json::from_str(&row.5)?;
    Ok(u64::from(deposited.amount))
}
