//! `cqrs.verify()` beside a raw scan of the same log: how many events a second each reads, and how much memory it takes.
//!
//! `cargo xtask verify-rate --events 1000000`, or
//! `DATABASE_URL=postgres://… cargo run --release -p cqrs-postgres --example verify_rate -- --events 1000000`

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use cqrs_core::ports::import::{ImportEvent, ImportEvents};
use cqrs_core::ports::read_log::LogRead;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::NewEvent;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::StreamVersion;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Verify beside a raw scan.
#[derive(Parser)]
struct Options {
    /// How many events are in the log.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Of how many aggregates, in turns.
    #[arg(long, default_value_t = 50_000)]
    streams: u64,
    /// How many aggregates are folded at the same time.
    #[arg(long, default_value_t = 100_000)]
    open: usize,
    /// How often each is measured, in turns.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct AccountId(u64);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum AccountEvent {
    #[event(name = "account.opened")]
    Opened { owner: String },
    #[event(name = "account.deposited")]
    Deposited { amount: u64, note: String },
}

#[derive(Debug, thiserror::Error)]
#[error("no")]
struct No;

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "account", id = AccountId, error = No, event = AccountEvent)]
struct Account {
    owner: String,
    balance: u64,
}

impl Apply<AccountEvent> for Account {
    fn apply(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Opened { owner } => self.owner.clone_from(owner),
            AccountEvent::Deposited { amount, .. } => self.balance += amount,
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let options = Options::parse();
    let scratch = Scratch::new();
    let store = scratch.store().await;
    fill(&store, &options).await?;
    let cqrs = Cqrs::builder(store.clone());
    let cqrs = cqrs.aggregate::<Account>().build().await?;
    println!(
        "{} events of {} aggregates, {} of them open at a time",
        options.events, options.streams, options.open
    );
    for _ in 0..options.rounds {
        let raw = scan(&store).await?;
        let (verified, memory) = verify(&cqrs, &options).await?;
        let rate = |time: Duration| per_second(options.events, time);
        println!(
            "raw scan {:.0} events/s; verify {:.0} events/s, {:.2} of it; resident memory {} MiB after a quarter, {} MiB at most",
            rate(raw),
            rate(verified),
            raw.as_secs_f64() / verified.as_secs_f64(),
            memory.0,
            memory.1
        );
    }
    store.close().await;
    Ok(())
}

fn per_second(events: u64, time: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate is an estimate")]
    let events = events as f64;
    events / time.as_secs_f64()
}

/// All aggregates have an event, then all have the next one.
async fn fill(store: &Postgres, options: &Options) -> Result<(), Failed> {
    let mut chunk = Vec::new();
    for number in 0..options.events {
        let (of, version) = (number % options.streams, number / options.streams + 1);
        let event = if version == 1 {
            AccountEvent::Opened {
                owner: format!("owner {of}"),
            }
        } else {
            AccountEvent::Deposited {
                amount: number,
                note: "the rent of this month, as every month".to_owned(),
            }
        };
        let encoded = event.encode()?;
        let stream = format!("account-{of}").parse()?;
        let new = NewEvent::new(encoded.name, encoded.payload);
        chunk.push(ImportEvent::new(stream, StreamVersion::new(version)?, new));
        if chunk.len() == 5_000 {
            store.import(std::mem::take(&mut chunk)).await?;
        }
    }
    store.import(chunk).await?;
    Ok(())
}

/// Reads the log page by page, with the pages that `verify` reads, and does nothing with it.
async fn scan(store: &Postgres) -> Result<Duration, Failed> {
    use cqrs_core::ports::read_log::ReadLog;
    let began = Instant::now();
    let mut after = Position::START;
    loop {
        let page = store.read_log(LogRead::after(after)).await?;
        after = page.through;
        if page.is_last {
            return Ok(began.elapsed());
        }
    }
}

/// How long it takes, with the resident memory after a quarter of the log and the most that was seen later.
async fn verify(cqrs: &Cqrs, options: &Options) -> Result<(Duration, (u64, u64)), Failed> {
    let seen: Arc<Mutex<(u64, u64)>> = Arc::default();
    let (see, quarter) = (Arc::clone(&seen), options.events / 4);
    let verify = cqrs.verify().open(options.open).progress(move |progress| {
        let mut seen = see.lock().unwrap_or_else(PoisonError::into_inner);
        let resident = resident();
        if progress.events >= quarter && seen.0 == 0 {
            seen.0 = resident;
        }
        seen.1 = seen.1.max(resident);
    });
    let verification = verify.await?;
    if !verification.is_clean() || verification.events != options.events {
        return Err(verification.to_string().into());
    }
    let seen = *seen.lock().unwrap_or_else(PoisonError::into_inner);
    Ok((verification.elapsed, seen))
}

/// In MiB; 0 where the system does not say (it is Linux that does).
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or_default() / 1_024
}
