//! What the indexes behind the filters of the log cost and bring: the figures of `docs/decisions/0002-log-filters.md`.
//!
//! `DATABASE_URL=postgres://… cargo run --release -p cqrs-postgres --example log_filters`

use std::time::{Duration, Instant};

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;
use sqlx::postgres::PgPool;
use uuid::Uuid;

const DROP: &str = "DROP INDEX events_category; DROP INDEX events_name";
const ROUNDS: usize = 3;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (with, without) = (Scratch::new(), Scratch::new());
    let (store_with, store_without) = (open(&with).await?, open(&without).await?);
    let (pool_with, pool_without) = (with.pool().await, without.pool().await);
    sqlx::raw_sql(DROP).execute(&pool_without).await?;
    println!("appends/s: both indexes, none, ratio");
    for (what, tasks, batch) in [
        ("one event a call, 32 tasks", 32, 1),
        ("100 a call, 4 tasks", 4, 100),
    ] {
        let mut rates = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (rates, store) in rates.iter_mut().zip([&store_with, &store_without]) {
                rates.push(rate(store, tasks, batch).await);
            }
        }
        let [with, without] = rates.map(median);
        println!("{what}: {with:.0}, {without:.0}, {:.2}", with / without);
    }
    for (pool, name) in [(&pool_with, "both indexes"), (&pool_without, "none")] {
        read(pool, name).await?;
    }
    Ok(())
}

async fn open(scratch: &Scratch) -> anyhow::Result<Postgres> {
    Ok(scratch.builder().connections(32).connect().await?)
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Events a second; one of 1,000 has the rare name.
async fn rate(store: &Postgres, tasks: usize, batch: usize) -> f64 {
    let time = Duration::from_secs(3);
    let start = Instant::now();
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut events = 0_u32;
                while start.elapsed() < time {
                    let batch = (0..batch).map(|_| append()).collect();
                    let outcomes = store.append_batch(batch).await;
                    events += outcomes
                        .iter()
                        .map(|outcome| u32::from(outcome.is_ok()))
                        .sum::<u32>();
                }
                events
            })
        })
        .collect();
    let mut events = 0;
    for task in tasks {
        events += task.await.unwrap_or(0);
    }
    f64::from(events) / start.elapsed().as_secs_f64()
}

fn append() -> Append {
    const NAMES: [EventName; 4] = [
        EventName::from_static("account.opened"),
        EventName::from_static("account.deposited"),
        EventName::from_static("account.withdrawn"),
        EventName::from_static("account.closed"),
    ];
    let (category, name) = match fastrand::u16(..1_000) {
        0 => ("rare", EventName::from_static("rare.happened")),
        n => ("account", NAMES[usize::from(n) % 4].clone()),
    };
    let event = NewEvent::new(
        name,
        Payload::from_store(r#"{"amount":30,"currency":"EUR","reference":"a1b2c3"}"#),
    );
    let stream = format!("{category}-{}", Uuid::now_v7());
    let stream = stream
        .parse()
        .unwrap_or_else(|_| unreachable!("the key is valid"));
    Append::to(stream, ExpectedVersion::NoStream, vec![event])
}

async fn read(pool: &PgPool, indexes: &str) -> anyhow::Result<()> {
    sqlx::raw_sql("VACUUM ANALYZE events").execute(pool).await?;
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM events")
        .fetch_one(pool)
        .await?;
    let pages = [
        ("a page of 100 of a common name", "name = 'account.opened'"),
        ("a page of 100 of a rare name", "name = 'rare.happened'"),
        (
            "a page of 100 of a name that is not there",
            "name = 'no.such'",
        ),
    ];
    for (what, filter) in pages {
        let column = if indexes == "none" {
            "position"
        } else {
            "name, position"
        };
        let statement = format!("SELECT * FROM events WHERE {filter} ORDER BY {column} LIMIT 100");
        let mut times = Vec::new();
        for _ in 0..7 {
            let start = Instant::now();
            sqlx::query(sqlx::AssertSqlSafe(statement.clone()))
                .fetch_all(pool)
                .await?;
            times.push(start.elapsed().as_secs_f64() * 1_000.0);
        }
        println!("{indexes}, {count} events, {what}: {:.2} ms", median(times));
    }
    Ok(())
}
