//! Runs through a day at a bank and prints what happens.
//!
//! ```sh
//! cargo run -p bank                          # in memory
//! cargo run -p bank -- postgres://localhost  # on PostgreSQL: the store and where its tables are read change, no more
//! cargo run -p bank -- --history             # and each account afterwards, event by event
//! cargo run -p bank -- --what-if             # and what another rule would have refused
//! cargo run -p bank -- --month-end           # and a cash book whose months are closed, each with a snapshot
//! ```

use std::time::Duration;

use bank::application;
use bank::daily_totals::{DailyTotals, PostgresTotals, ReadDailyTotals};
use bank::large_withdrawal_alert::Outbox;
use bank::{looking_back, month_end, story};
use cqrs_core::ports::transactions::Transactions;
use cqrs_core::runtime::projection::Projection;
use cqrs_memory::Memory;
use cqrs_postgres::Postgres;
use sqlx::PgPool;

type Done = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Done {
    let (flags, urls): (Vec<_>, Vec<_>) = std::env::args()
        .skip(1)
        .partition(|argument| argument.starts_with("--"));
    match urls.first() {
        None => {
            let store = Memory::new();
            run(store.clone(), store, &flags).await
        }
        Some(url) => {
            let store = Postgres::connect(url).await?;
            let totals = PostgresTotals::new(&store, PgPool::connect(url).await?);
            run(store, totals, &flags).await
        }
    }
}

async fn run<S: Transactions>(store: S, totals: impl ReadDailyTotals, flags: &[String]) -> Done
where
    DailyTotals: Projection<S>,
{
    let mail = Outbox::default();
    let cqrs = application::open(store, mail.clone()).await?;
    let runners = cqrs.start_runners();
    let mut out = std::io::stdout();
    let told = story::tell(&cqrs, &mail, &totals, &mut out).await;
    runners.stop(Duration::from_secs(5)).await;
    told?;
    for flag in flags {
        match flag.as_str() {
            "--history" => looking_back::tell_histories(&cqrs, &mut out).await?,
            "--what-if" => looking_back::tell_what_if(&cqrs, &mut out).await?,
            "--month-end" => month_end::tell(&cqrs, &mut out).await?,
            other => {
                let known = "--history, --what-if and --month-end";
                return Err(format!("{other} is not known: there are {known}").into());
            }
        }
    }
    Ok(())
}
