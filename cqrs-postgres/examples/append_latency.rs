//! How long a lone caller waits for an append of one event, against a plain INSERT of one row over the same driver.
//!
//! `DATABASE_URL=postgres://… cargo run --release -p cqrs-postgres --example append_latency`
//!
//! The calls take turns one by one, so that whatever else the machine does meets all of them alike.

use std::time::{Duration, Instant};

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::read_stream::{ReadStream, StreamRead};
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::stream::StreamId;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;
use sqlx::Connection;
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use uuid::Uuid;

const ROUNDS: usize = 4_000;
const PAYLOAD: &str = r#"{"amount":30,"currency":"EUR","reference":"a1b2c3"}"#;
const CREATE: &str = "CREATE TABLE plain (position bigserial PRIMARY KEY, event_id uuid NOT NULL UNIQUE, \
     key text NOT NULL, category text NOT NULL, version bigint NOT NULL, name text NOT NULL, payload json NOT NULL, \
     recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(), UNIQUE (key, category, version))";
const INSERT: &str = "INSERT INTO plain (event_id, key, category, version, name, payload) \
     VALUES ($1, $2, 'account', 1, 'account.opened', $3::text::json)";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let pool = scratch.pool().await;
    sqlx::raw_sql(CREATE).execute(&pool).await?;
    let search_path = format!("SET search_path TO \"{}\"", scratch.schema());
    let mut alone = PgConnection::connect(scratch.url()).await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(search_path))
        .execute(&mut alone)
        .await?;
    let options = pool.connect_options().as_ref().clone();
    let pool = PgPoolOptions::new()
        .max_connections(4)
        .test_before_acquire(false)
        .connect_with(options)
        .await?;
    let mut times = [const { Vec::new() }; 5];
    for _ in 0..ROUNDS {
        times[0].push(plain(&mut alone).await?);
        times[1].push(pooled(&pool).await?);
        times[2].push(append(&store, ExpectedVersion::NoStream).await?);
        times[3].push(append(&store, ExpectedVersion::Any).await?);
        times[4].push(loaded(&store).await?);
    }
    let names = [
        "INSERT on a connection",
        "INSERT over a pool",
        "append, no stream",
        "append, any version",
        "load and append",
    ];
    let [bare, ..] = times.each_ref().map(|times| quantile(times, 50));
    for (name, times) in names.iter().zip(&times) {
        let [tenth, median, last] = [10, 50, 99].map(|percent| quantile(times, percent));
        println!(
            "{name:24} p10 {:6.1} us  median {:6.1} us  p99 {:7.1} us  median against the first {:.2}",
            micros(tenth),
            micros(median),
            micros(last),
            median.as_secs_f64() / bare.as_secs_f64(),
        );
    }
    Ok(())
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn quantile(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[times.len() * percent / 100]
}

async fn plain(connection: &mut PgConnection) -> anyhow::Result<Duration> {
    let id = Uuid::now_v7();
    let start = Instant::now();
    sqlx::query(INSERT)
        .bind(id)
        .bind(id.to_string())
        .bind(PAYLOAD)
        .execute(connection)
        .await?;
    Ok(start.elapsed())
}

async fn pooled(pool: &PgPool) -> anyhow::Result<Duration> {
    let id = Uuid::now_v7();
    let start = Instant::now();
    sqlx::query(INSERT)
        .bind(id)
        .bind(id.to_string())
        .bind(PAYLOAD)
        .execute(pool)
        .await?;
    Ok(start.elapsed())
}

fn event() -> NewEvent {
    let name = EventName::from_static("account.opened");
    NewEvent::new(name, Payload::from_store(PAYLOAD))
}

fn stream() -> anyhow::Result<StreamId> {
    Ok(format!("account-{}", Uuid::now_v7()).parse()?)
}

async fn append(store: &Postgres, expected: ExpectedVersion) -> anyhow::Result<Duration> {
    let append = Append::to(stream()?, expected, vec![event()]);
    let start = Instant::now();
    store.append(append).await?;
    Ok(start.elapsed())
}

async fn loaded(store: &Postgres) -> anyhow::Result<Duration> {
    let stream = stream()?;
    let first = Append::to(stream.clone(), ExpectedVersion::NoStream, vec![event()]);
    store.append(first).await?;
    let start = Instant::now();
    let page = store
        .read_stream(StreamRead::forward(stream.clone()))
        .await?;
    let version = page.events.last().map(|event| event.version);
    let expected = version.map_or(ExpectedVersion::NoStream, ExpectedVersion::Exact);
    store
        .append(Append::to(stream, expected, vec![event()]))
        .await?;
    Ok(start.elapsed())
}
