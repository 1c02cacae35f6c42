//! A view is rebuilt while events are appended and a reader looks every millisecond, on memory and on PostgreSQL.
//!
//! `cargo xtask rebuild-under-load --events 1000000`, or
//! `DATABASE_URL=postgres://… cargo run --release -p cqrs-postgres --example rebuild_under_load -- --events 1000000`

#[path = "ticks/domain.rs"]
#[allow(dead_code, reason = "each program uses some of it")]
mod domain;
#[path = "ticks/rebuild.rs"]
mod rebuild;

use clap::Parser;
use cqrs_core::ports::read_side::ReadSide;
use cqrs_memory::Memory;
use cqrs_postgres::scratch::Scratch;

use domain::Failed;
use rebuild::{Plan, live_rate, run};

/// A view is rebuilt under load.
#[derive(Parser)]
struct Options {
    /// How many events are in the log.
    #[arg(long, default_value_t = 100_000)]
    events: u64,
    /// Over how many keys.
    #[arg(long, default_value_t = 10_000)]
    keys: u64,
    /// How many events a second are appended meanwhile.
    #[arg(long, default_value_t = 200)]
    rate: u64,
    /// How many events are handled one by one, for comparison.
    #[arg(long, default_value_t = 2_000)]
    live: u64,
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let options = Options::parse();
    on("memory", [Memory::new(), Memory::new()], &options).await?;
    let scratch = [Scratch::new(), Scratch::new()];
    let stores = [scratch[0].store().await, scratch[1].store().await];
    on("PostgreSQL", stores.clone(), &options).await?;
    for store in stores {
        store.close().await;
    }
    Ok(())
}

async fn on<S: ReadSide + Clone>(
    name: &str,
    [one, two]: [S; 2],
    options: &Options,
) -> Result<(), Failed> {
    let live = live_rate(one, options.live, options.keys.min(options.live)).await?;
    let plan = Plan {
        events: options.events,
        keys: options.keys.min(options.events),
        rate: options.rate,
    };
    let outcome = run(two, plan).await?;
    #[expect(clippy::cast_precision_loss, reason = "a rate is an estimate")]
    let rate = outcome.events as f64 / outcome.time.as_secs_f64();
    println!(
        "{name}: {} events rebuilt in {:.1?} with {} live appends: {rate:.0} events/s; one by one {live:.0} events/s; \
         {:.1} times as fast (goal: 5); {} looks saw nothing less than before; equal to a clean build",
        outcome.events,
        outcome.time,
        outcome.live,
        rate / live,
        outcome.looks,
    );
    Ok(())
}
