//! The raw scan: the whole log in pages, with the columns that a whole event has, the next page read while one is counted.
//!
//! What a careful program would write by hand: a statement a page, one page ahead on another connection, rows decoded one by one as
//! they come, into values that are the program's own.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use bench_harness::{Account, Totals};
use futures::TryStreamExt;
use serde::Deserialize;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgPool, Row};
use uuid::Uuid;

use crate::copy;

const TABLE: &str = include_str!("log.sql");

const COPY: &str = "COPY log (event_id, key, version, name, payload) FROM STDIN";

const COUNT: &str = "SELECT count(*)::bigint, \
     coalesce(sum((payload->>'amount')::bigint), 0)::bigint FROM log";

const SCAN: &str = "SELECT position, version, recorded_at, event_id, correlation_id, causation_id, \
     schema_version, category, key, name, tags, metadata, payload \
     FROM log WHERE position > $1 ORDER BY position LIMIT $2";

/// As many as our framework reads at once where a program says nothing.
const PAGE: usize = 1_000;

/// All that is known of an event.
#[expect(dead_code, reason = "counting looks at a few of them only")]
struct Event {
    position: i64,
    version: i64,
    recorded_at: SystemTime,
    id: Uuid,
    correlation_id: Option<Uuid>,
    causation_id: Option<Uuid>,
    schema_version: i32,
    category: String,
    key: String,
    tags: Vec<String>,
    metadata: Option<Json<BTreeMap<String, String>>>,
    what: What,
}

/// What has happened.
enum What {
    Opened,
    Deposited(MoneyDeposited),
}

#[derive(Deserialize)]
struct MoneyDeposited {
    amount: u32,
}

pub(crate) async fn create(pool: &PgPool) -> Result<()> {
    sqlx::raw_sql(TABLE).execute(pool).await?;
    Ok(())
}

pub(crate) async fn seed(pool: &PgPool, accounts: &[Account], events: u32) -> Result<()> {
    copy::accounts(pool, COPY, accounts, events).await
}

pub(crate) async fn count(pool: &PgPool) -> Result<Totals> {
    let (events, amount): (i64, i64) = sqlx::query_as(COUNT).fetch_one(pool).await?;
    Ok(Totals {
        events: u64::try_from(events)?,
        amount: u64::try_from(amount)?,
    })
}

/// Counts everything.
pub(crate) async fn scan(pool: &PgPool) -> Result<Totals> {
    let mut totals = Totals::default();
    let mut page = page(pool.clone(), 0).await?;
    loop {
        // A page that is not full was the last.
        let is_last = page.len() < PAGE;
        let next = match page.last() {
            Some(last) if !is_last => Some(tokio::spawn(self::page(pool.clone(), last.position))),
            _ => None,
        };
        for event in page {
            totals.events += 1;
            if let What::Deposited(deposited) = &event.what {
                totals.amount += u64::from(deposited.amount);
            }
        }
        let Some(next) = next else {
            return Ok(totals);
        };
        page = next.await.context("the scan panicked")??;
    }
}

async fn page(pool: PgPool, after: i64) -> Result<Vec<Event>> {
    let most = i64::try_from(PAGE)?;
    let mut rows = sqlx::query(SCAN).bind(after).bind(most).fetch(&pool);
    let mut events = Vec::with_capacity(PAGE);
    while let Some(row) = rows.try_next().await? {
        events.push(event(&row)?);
    }
    Ok(events)
}

fn event(row: &PgRow) -> Result<Event> {
    // Over the wire it is microseconds since the year 2000.
    const YEAR_2000: u64 = 946_684_800;
    let recorded_at: i64 = row.try_get_unchecked(2)?;
    let since_2000 = Duration::from_micros(u64::try_from(recorded_at)?);
    // Its type is `json`, which goes over the wire as its text.
    let payload: &str = row.try_get_unchecked(12)?;
    let what = match row.try_get(9)? {
        "account.opened" => What::Opened,
        "account.deposited" => What::Deposited(serde_json::from_str(payload)?),
        name => anyhow::bail!("{name} is no event of this log"),
    };
    Ok(Event {
        position: row.try_get(0)?,
        version: row.try_get(1)?,
        recorded_at: SystemTime::UNIX_EPOCH + Duration::from_secs(YEAR_2000) + since_2000,
        id: row.try_get(3)?,
        correlation_id: row.try_get(4)?,
        causation_id: row.try_get(5)?,
        schema_version: row.try_get(6)?,
        category: row.try_get(7)?,
        key: row.try_get(8)?,
        tags: row
            .try_get::<Option<Vec<String>>, _>(10)?
            .unwrap_or_default(),
        metadata: row.try_get(11)?,
        what,
    })
}
