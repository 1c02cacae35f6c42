//! What the gate costs: appends of one event against plain INSERTs into a table with the same unique indexes.
//!
//! `DATABASE_URL=postgres://… cargo run --release -p cqrs-postgres --example append_rate`

use std::time::{Duration, Instant};

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::tag::Tag;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;
use sqlx::postgres::PgPool;
use uuid::Uuid;

const PAYLOAD: &str = r#"{"amount":30,"currency":"EUR","reference":"a1b2c3"}"#;
const CREATE: &str = "CREATE TABLE plain (position bigserial PRIMARY KEY, event_id uuid NOT NULL UNIQUE, \
     key text NOT NULL, category text NOT NULL, version bigint NOT NULL, name text NOT NULL, payload json NOT NULL, \
     recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(), UNIQUE (key, category, version))";
const INSERT: &str = "INSERT INTO plain (event_id, key, category, version, name, payload) \
     VALUES ($1, $2, 'account', 1, 'account.opened', $3::text::json)";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let scratch = Scratch::new();
    let store = scratch.builder().connections(32).connect().await?;
    let pool = scratch.pool().await;
    sqlx::raw_sql(CREATE).execute(&pool).await?;
    for tasks in [1, 32] {
        let mut rates = [const { Vec::new() }; 4];
        for _ in 0..3 {
            let (pool, a, b, c) = (pool.clone(), store.clone(), store.clone(), store.clone());
            rates[0].push(rate(tasks, move || plain(pool.clone())).await?);
            rates[1].push(rate(tasks, move || append(a.clone(), 1, 0)).await?);
            rates[2].push(rate(tasks, move || append(b.clone(), 1, 2)).await?);
            rates[3].push(rate(tasks, move || append(c.clone(), 64, 0)).await?);
        }
        let [plain, bare, tagged, batch] = rates.map(median);
        println!(
            "{tasks} tasks: plain INSERT {plain:.0}/s; append {bare:.0}/s ({:.2}), with two tags {tagged:.0}/s ({:.2}), \
             64 a call {batch:.0}/s ({:.2})",
            bare / plain,
            tagged / plain,
            batch / plain
        );
    }
    Ok(())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

async fn rate<F: Future<Output = anyhow::Result<u32>> + Send + 'static>(
    tasks: usize,
    call: impl Fn() -> F + Send + Clone + 'static,
) -> anyhow::Result<f64> {
    let start = Instant::now();
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let call = call.clone();
            tokio::spawn(async move {
                let mut events = 0;
                while start.elapsed() < Duration::from_secs(2) {
                    events += call().await?;
                }
                anyhow::Ok(events)
            })
        })
        .collect();
    let mut events = 0;
    for task in tasks {
        events += task.await??;
    }
    Ok(f64::from(events) / start.elapsed().as_secs_f64())
}

async fn plain(pool: PgPool) -> anyhow::Result<u32> {
    let id = Uuid::now_v7();
    sqlx::query(INSERT)
        .bind(id)
        .bind(id.to_string())
        .bind(PAYLOAD)
        .execute(&pool)
        .await?;
    Ok(1)
}

async fn append(store: Postgres, batch: u32, tags: u32) -> anyhow::Result<u32> {
    let batch_of = (0..batch).map(|_| {
        let name = EventName::from_static("account.opened");
        let event = NewEvent::new(name, Payload::from_store(PAYLOAD)).with_tags(
            (0..tags).filter_map(|tag| Tag::of("t", format!("{tag}.{}", fastrand::u8(..))).ok()),
        );
        let stream = format!("account-{}", event.event_id).parse()?;
        anyhow::Ok(Append::to(stream, ExpectedVersion::NoStream, vec![event]))
    });
    let batch_of: Vec<_> = batch_of.collect::<Result<_, _>>()?;
    for outcome in store.append_batch(batch_of).await {
        outcome?;
    }
    Ok(batch)
}
