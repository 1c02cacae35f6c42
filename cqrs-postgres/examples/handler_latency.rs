//! How long it takes from a commit until an event handler is called, beside the store's own appends; and how many
//! statements an idle application issues.
//!
//! A commit counts from when the append's answer is here: a handler that was quicker than that counts as zero. The time from
//! the call of the append to the handler has no such doubt.
//!
//! `cargo xtask handler-latency`, or
//! `DATABASE_URL=postgres://… cargo run --release -p cqrs-postgres --example handler_latency`

#[path = "ticks/domain.rs"]
#[allow(dead_code, reason = "each program uses some of it")]
mod domain;
#[path = "../tests/support/proxy.rs"]
mod proxy;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use cqrs_core::domain::event_handler::{Delivery, EventHandler, NoCommands};
use cqrs_core::ports::append::AppendEvents;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;

use domain::{Failed, Tick, one};

/// From commit to handler.
#[derive(Parser)]
struct Options {
    /// How many events a second are appended.
    #[arg(long, default_value_t = 500)]
    rate: u64,
    /// For how long.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// For how long statements are counted while nothing happens.
    #[arg(long, default_value_t = 10)]
    idle: u64,
}

/// When each event was handled.
#[derive(Clone, Default)]
struct Watching(Arc<Mutex<HashMap<u64, Instant>>>);

impl EventHandler for Watching {
    const NAME: ProcessorName = ProcessorName::from_static("watching");
    const START: StartFrom = StartFrom::Now;
    type Event = Tick;
    type Command = NoCommands;
    type Error = std::convert::Infallible;

    async fn handle(
        &self,
        event: &Recorded<Tick>,
        _: &mut Delivery<NoCommands>,
    ) -> Result<(), Self::Error> {
        let Tick::Ticked { number } = event.event;
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry(number).or_insert_with(Instant::now);
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let options = Options::parse();
    let scratch = Scratch::new();
    let store = scratch.store().await;
    latency("one process", &store, &store, &options).await?;
    let writer = scratch.store().await;
    latency("written through another handle", &store, &writer, &options).await?;
    writer.close().await;
    store.close().await;
    idle(&options).await
}

/// Appends one event after the other to random keys, through one store, and handles them on another.
async fn latency(
    name: &str,
    store: &Postgres,
    writer: &Postgres,
    options: &Options,
) -> Result<(), Failed> {
    let watching = Watching::default();
    let cqrs = Cqrs::builder(store.clone()).event_handler(watching.clone());
    let cqrs = cqrs.build().await?;
    let runners = cqrs.start_runners();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut every = tokio::time::interval(Duration::from_secs(1) / u32::try_from(options.rate)?);
    let mut writing = tokio::task::JoinSet::new();
    for number in 0..options.rate * options.seconds {
        every.tick().await;
        let writer = writer.clone();
        writing.spawn(async move {
            let began = Instant::now();
            writer.append(one(number % 1_000, number)?).await?;
            let committed = Instant::now();
            Ok::<_, Failed>((number, began, committed))
        });
    }
    let (mut appends, mut commits) = (Vec::new(), Vec::new());
    let mut called = Vec::new();
    while let Some(written) = writing.join_next().await {
        let (number, began, committed) = written??;
        appends.push(committed.saturating_duration_since(began));
        commits.push((number, committed));
        called.push((number, began));
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    runners.stop(Duration::from_secs(5)).await;
    let seen = watching.0.lock().unwrap_or_else(PoisonError::into_inner);
    let since = |moments: &[(u64, Instant)]| {
        moments
            .iter()
            .map(|(number, at)| Some(seen.get(number)?.saturating_duration_since(*at)))
            .collect::<Option<Vec<_>>>()
            .ok_or("an event was not handled")
    };
    println!(
        "{name}, {} events/s: append {}; commit to handler {} (goal: median 2 ms, p99 20 ms); \
         call to handler {}",
        options.rate,
        figures(appends),
        figures(since(&commits)?),
        figures(since(&called)?)
    );
    Ok(())
}

fn figures(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    format!("median {:.2?}, p99 {:.2?}", at(50), at(99))
}

/// Counts what goes to the server while nothing happens.
async fn idle(options: &Options) -> Result<(), Failed> {
    let scratch = Scratch::new();
    let proxy = proxy::Proxy::before(scratch.url()).await;
    let store = Postgres::builder(&proxy.url(scratch.url())).schema(scratch.schema());
    // Not kept prepared, so that the proxy hears which statement it is.
    let store = store.prepared_statements(false).connect().await?;
    let cqrs = Cqrs::builder(store.clone()).event_handler(Watching::default());
    let cqrs = cqrs.build().await?;
    let runners = cqrs.start_runners();
    store.append(one(1, 1)?).await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    proxy.forget();
    tokio::time::sleep(Duration::from_secs(options.idle)).await;
    let gaps = proxy.gaps();
    let statements: usize = gaps.iter().map(|(_, times, _)| times).sum();
    // Counted, since two pollers may ask for the same thing in one moment: a look at how the processors fare is one of them.
    let most = gaps.iter().map(|(_, times, _)| times).max();
    println!(
        "idle for {} s with one processor: {statements} statements (goal: at most 20 a second), \
         the most frequent one {} times (goal: every 50 ms, which is {} times)",
        options.idle,
        most.unwrap_or(&0),
        options.idle * 20,
    );
    runners.stop(Duration::from_secs(5)).await;
    store.close().await;
    Ok(())
}
