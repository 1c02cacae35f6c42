//! How the log behaves when it is large: fills one by imports and measures at each size how fast it is appended to, read and
//! searched, and how large it is. Prints a table for `docs/book/large-logs.md`.
//!
//! `cargo xtask large-log --events 20000000`, or
//! `DATABASE_URL=postgres://… cargo run --release -p cqrs-postgres --example large_log -- --events 20000000 [--partitions 16]`
//!
//! Needs about 450 bytes an event, and as much again for the write-ahead log while it fills. The schema is dropped at the end.

#[path = "large/content.rs"]
mod content;
#[path = "large/fill.rs"]
mod fill;
#[path = "large/partitions.rs"]
mod partitions;
#[path = "large/probe.rs"]
mod probe;
#[path = "large/table.rs"]
mod table;

use clap::Parser;
use cqrs_postgres::scratch::Scratch;

use fill::Filler;
use table::Table;

/// Fills a log and measures it at several sizes.
#[derive(Parser)]
struct Options {
    /// How many events are imported in all.
    #[arg(long, default_value_t = 200_000)]
    events: u64,
    /// At which sizes the log is measured; those beyond `--events` are left out, and `--events` itself is measured last.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 1_000_000, 10_000_000])]
    at: Vec<u64>,
    /// Partitions the events by hash of the stream's key. It costs the promise that an event id is used once (A4): a unique
    /// index of a partitioned table has the key in it.
    #[arg(long)]
    partitions: Option<u32>,
    /// Seconds for each measurement of a rate.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let scratch = Scratch::new();
    let store = scratch.builder().connections(34).connect().await?;
    let pool = scratch.pool().await;
    if let Some(partitions) = options.partitions {
        partitions::make(&pool, partitions).await?;
    }
    let mut sizes = options.at.clone();
    sizes.retain(|size| *size < options.events);
    sizes.push(options.events);
    let mut table = Table::default();
    let mut filler = Filler::default();
    for size in sizes {
        let rate = filler.fill(&store, size).await?;
        table.begin(size);
        table.row("import, events/s", format!("{rate:.0}"));
        probe::all(&mut table, &store, &pool, &filler, options.seconds).await?;
        eprintln!("{table}");
    }
    fill::against_copy(&mut table, &pool).await?;
    println!("{table}");
    store.close().await;
    Ok(())
}
