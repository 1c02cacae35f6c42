//! How long readers wait for a view while one key among many is poisoned, beside the same without poison.
//!
//! `DATABASE_URL=postgres://… cargo run --release -p cqrs-postgres --example poisoned_key -- --keys 10000`

#[path = "ticks/domain.rs"]
#[allow(dead_code, reason = "each program uses some of it")]
mod domain;
#[path = "ticks/poisoned.rs"]
mod poisoned;

use std::time::Duration;

use clap::Parser;
use cqrs_core::ports::read_side::ReadSide;
use cqrs_memory::Memory;
use cqrs_postgres::scratch::Scratch;

use domain::Failed;
use poisoned::{application, lags};

/// A poisoned event among many keys.
#[derive(Parser)]
struct Options {
    /// How many keys.
    #[arg(long, default_value_t = 10_000)]
    keys: u64,
    /// How many events a second are appended.
    #[arg(long, default_value_t = 1_000)]
    rate: u64,
    /// How often each run is made; the figures are of all of them together.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let options = Options::parse();
    // Each attempt at the poisoned event panics, which is the point.
    std::panic::set_hook(Box::new(|_| {}));
    let mut measured = [const { Vec::new() }; 2];
    for _ in 0..options.rounds {
        for (place, lags) in measured.iter_mut().enumerate() {
            lags.extend(run(Memory::new(), place == 1, &options).await?);
        }
    }
    print("memory", measured);
    let mut measured = [const { Vec::new() }; 2];
    for _ in 0..options.rounds {
        for (place, lags) in measured.iter_mut().enumerate() {
            let scratch = Scratch::new();
            let store = scratch.store().await;
            lags.extend(run(store.clone(), place == 1, &options).await?);
            store.close().await;
        }
    }
    print("PostgreSQL", measured);
    Ok(())
}

async fn run<S: ReadSide + Clone>(
    store: S,
    is_poisoned: bool,
    options: &Options,
) -> Result<Vec<Duration>, Failed> {
    let cqrs = application(&store).await?;
    lags(store, &cqrs, options.keys, options.rate, is_poisoned).await
}

fn print(name: &str, measured: [Vec<Duration>; 2]) {
    let [calm, poisoned] = measured.map(|mut lags| {
        lags.sort();
        let mean = lags.iter().sum::<Duration>() / u32::try_from(lags.len()).unwrap_or(1).max(1);
        (mean, lags[lags.len() / 2], lags[lags.len() * 99 / 100])
    });
    println!(
        "{name}: undisturbed mean {:.2?}, median {:.2?}, p99 {:.2?}; with a poisoned key mean {:.2?}, median {:.2?}, \
         p99 {:.2?}; ratio of means {:.2}, of medians {:.2}, of p99 {:.2} (goal: at most 1.10)",
        calm.0,
        calm.1,
        calm.2,
        poisoned.0,
        poisoned.1,
        poisoned.2,
        poisoned.0.as_secs_f64() / calm.0.as_secs_f64(),
        poisoned.1.as_secs_f64() / calm.1.as_secs_f64(),
        poisoned.2.as_secs_f64() / calm.2.as_secs_f64(),
    );
}
