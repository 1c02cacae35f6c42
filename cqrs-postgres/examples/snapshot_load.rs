//! How long loading takes: a long stream with a snapshot, and a shorter one without, beside a raw query of the same payloads.
//!
//! `cargo xtask snapshots`, or
//! `DATABASE_URL=postgres://… cargo run --release -p cqrs-postgres --example snapshot_load`

use std::time::{Duration, Instant};

use clap::Parser;
use cqrs_core::ports::import::{ImportEvent, ImportEvents};
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::NewEvent;
use cqrs_core::words::version::StreamVersion;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;
use sqlx::Row;
use sqlx::postgres::PgPool;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Loading with and without a snapshot.
#[derive(Parser)]
struct Options {
    /// How many events the stream with a snapshot has.
    #[arg(long, default_value_t = 100_000)]
    long: u64,
    /// How many of them came after the snapshot.
    #[arg(long, default_value_t = 100)]
    tail: u64,
    /// How many events the stream without a snapshot has.
    #[arg(long, default_value_t = 10_000)]
    short: u64,
    /// How often each is measured, in turns.
    #[arg(long, default_value_t = 31)]
    rounds: usize,
}

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct AccountId(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.deposited")]
struct Deposited {
    amount: u64,
    note: String,
}

/// With snapshots, but only when they are asked for.
#[derive(Aggregate, Serialize, Deserialize, Default, Debug, PartialEq)]
#[aggregate(name = "account", id = AccountId, events(Deposited))]
#[aggregate(snapshot(slower_than = Duration::MAX))]
struct Account {
    balance: u64,
    deposits: u64,
    last: String,
}

#[apply]
impl Apply<Deposited> for Account {
    fn apply(&mut self, event: &Deposited) {
        self.balance += event.amount;
        self.deposits += 1;
        self.last.clone_from(&event.note);
    }
}

const LONG: AccountId = AccountId(1);
const SHORT: AccountId = AccountId(2);

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let options = Options::parse();
    if options.rounds == 0 || options.long <= options.tail {
        return Err("at least one round, and a tail that is shorter than the stream".into());
    }
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let pool = scratch.pool().await;
    let cqrs = Cqrs::builder(store.clone()).aggregate::<Account>();
    let cqrs = cqrs.build().await?;
    fill(&store, LONG, 1..=options.long - options.tail).await?;
    cqrs.take_snapshot::<Account>(&LONG).await?;
    fill(&store, LONG, options.long - options.tail + 1..=options.long).await?;
    fill(&store, SHORT, 1..=options.short).await?;
    sqlx::raw_sql("ANALYZE events").execute(&pool).await?;

    let [mut long, mut short, mut raw] = [Vec::new(), Vec::new(), Vec::new()];
    // The first round warms the caches of both ends, and is not counted.
    for round in 0..=options.rounds {
        let times = [
            load(&cqrs, LONG, options.long).await?,
            load(&cqrs, SHORT, options.short).await?,
            fetch(&pool, SHORT, options.short).await?,
        ];
        if round > 0 {
            for (all, time) in [&mut long, &mut short, &mut raw].into_iter().zip(times) {
                all.push(time);
            }
        }
    }
    store.close().await;
    let [long, short, raw] = [long, short, raw].map(median);
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    println!("medians of {} rounds, in turns:", options.rounds);
    println!(
        "load of {} events, {} of them after the snapshot: {:.2} ms (goal: less than 5 ms)",
        options.long,
        options.tail,
        ms(long)
    );
    println!(
        "load of {} events without a snapshot: {:.2} ms",
        options.short,
        ms(short)
    );
    println!(
        "raw query of the same {} payloads: {:.2} ms",
        options.short,
        ms(raw)
    );
    println!(
        "load without a snapshot / raw query: {:.2} (goal: at most 1.5)",
        short.as_secs_f64() / raw.as_secs_f64()
    );
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn event(number: u64) -> Deposited {
    Deposited {
        amount: number,
        note: format!("the rent of month {number}, as every month"),
    }
}

/// Records the events of these versions.
async fn fill(
    store: &Postgres,
    account: AccountId,
    versions: std::ops::RangeInclusive<u64>,
) -> Result<(), Failed> {
    let stream = Account::stream(&account)?;
    let mut chunk = Vec::new();
    for version in versions {
        let encoded = AccountEvent::from(event(version)).encode()?;
        let new = NewEvent::new(encoded.name, encoded.payload);
        let version = StreamVersion::new(version)?;
        chunk.push(ImportEvent::new(stream.clone(), version, new));
        if chunk.len() == 5_000 {
            store.import(std::mem::take(&mut chunk)).await?;
        }
    }
    store.import(chunk).await?;
    Ok(())
}

/// Loads the account, and compares it with what it must be.
async fn load(cqrs: &Cqrs, account: AccountId, events: u64) -> Result<Duration, Failed> {
    let began = Instant::now();
    let loaded = cqrs.repository::<Account>().load(&account).await?;
    let took = began.elapsed();
    let expected = Account {
        balance: events * (events + 1) / 2,
        deposits: events,
        last: event(events).note,
    };
    if *loaded != expected || loaded.version().get() != events {
        return Err(format!("loaded {loaded:?} and not {expected:?}").into());
    }
    Ok(took)
}

/// Fetches the payloads of a stream, all in one query, and does nothing with them.
async fn fetch(pool: &PgPool, account: AccountId, events: u64) -> Result<Duration, Failed> {
    let stream = Account::stream(&account)?;
    let began = Instant::now();
    let rows = sqlx::query(
        "SELECT payload::text FROM events WHERE category = $1 AND key = $2 ORDER BY version",
    )
    .bind(stream.category().as_str())
    .bind(stream.key().as_str())
    .fetch_all(pool)
    .await?;
    let payloads: Vec<String> = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    let took = began.elapsed();
    let last = serde_json::from_str::<Deposited>(payloads.last().ok_or("no payload")?)?;
    if payloads.len() as u64 != events || last != event(events) {
        return Err(format!(
            "the query gives {} payloads, the last {last:?}",
            payloads.len()
        )
        .into());
    }
    Ok(took)
}
