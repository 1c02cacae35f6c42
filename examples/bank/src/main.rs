//! Runs through a day at a bank and prints what happens.
//!
//! ```sh
//! cargo run -p bank                          # in memory
//! cargo run -p bank -- postgres://localhost  # on PostgreSQL: the store and where its tables are read change, no more
//! cargo run -p bank -- --history             # and each account afterwards, event by event
//! cargo run -p bank -- --what-if             # and what another rule would have refused
//! cargo run -p bank -- --month-end           # and a cash book whose months are closed, each with a snapshot
//!
//! cargo run -p bank -- --export bank.jsonl   # and the log, as a file
//! cargo run -p bank -- --check bank.jsonl    # nothing but a look at that file: could it be imported?
//! cargo run -p bank -- --import bank.jsonl --history   # the bank of that file, in memory, instead of a new day
//! cargo run -p bank -- --import bank.jsonl postgres://localhost   # on PostgreSQL, in a database without a bank
//! ```

use std::time::Duration;

use bank::command_line::{Afterwards, CommandLine};
use bank::daily_totals::{DailyTotals, PostgresTotals, ReadDailyTotals};
use bank::large_withdrawal_alert::Outbox;
use bank::{application, looking_back, month_end, moving, story};
use cqrs_core::ports::import::ImportEvents;
use cqrs_core::ports::transactions::Transactions;
use cqrs_core::runtime::projection::Projection;
use cqrs_memory::Memory;
use cqrs_postgres::Postgres;
use sqlx::PgPool;

type Done = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Done {
    let asked = CommandLine::read(std::env::args().skip(1))?;
    if let Some(file) = &asked.check {
        return moving::check(file, &mut std::io::stdout()).await;
    }
    match &asked.url {
        None => {
            let store = Memory::new();
            run(store.clone(), store, &asked).await
        }
        Some(url) => {
            let store = Postgres::connect(url).await?;
            let totals = PostgresTotals::new(&store, PgPool::connect(url).await?);
            run(store, totals, &asked).await
        }
    }
}

async fn run<S>(store: S, totals: impl ReadDailyTotals, asked: &CommandLine) -> Done
where
    S: Transactions + ImportEvents,
    DailyTotals: Projection<S>,
{
    let (mail, mut out) = (Outbox::default(), std::io::stdout());
    let moved = match &asked.import {
        Some(file) => Some(moving::import(&store, file, &mut out).await?.position),
        None => None,
    };
    // The transfers in a file are done, and its mails are sent.
    let builder = application::builder(store, mail.clone());
    let cqrs = builder
        .effects_after(moved.unwrap_or_default())
        .build()
        .await?;
    let runners = cqrs.start_runners();
    let told = match moved {
        Some(position) => moving::tell_accounts(&cqrs, position, &mut out).await,
        None => story::tell(&cqrs, &mail, &totals, &mut out).await,
    };
    runners.stop(Duration::from_secs(5)).await;
    told?;
    for what in &asked.afterwards {
        match what {
            Afterwards::History => looking_back::tell_histories(&cqrs, &mut out).await?,
            Afterwards::WhatIf => looking_back::tell_what_if(&cqrs, &mut out).await?,
            Afterwards::MonthEnd => month_end::tell(&cqrs, &mut out).await?,
            Afterwards::Export(file) => moving::export(&cqrs, file, &mut out).await?,
        }
    }
    Ok(())
}
