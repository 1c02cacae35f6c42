//! Runs through a day at a bank and prints what happens.
//!
//! ```sh
//! cargo run -p bank                          # in memory
//! cargo run -p bank -- postgres://localhost  # on PostgreSQL: the store and where its tables are read change, no more
//! ```

use std::time::Duration;

use bank::application;
use bank::daily_totals::{DailyTotals, PostgresTotals, ReadDailyTotals};
use bank::large_withdrawal_alert::Outbox;
use bank::story;
use cqrs_core::ports::transactions::Transactions;
use cqrs_core::runtime::projection::Projection;
use cqrs_memory::Memory;
use cqrs_postgres::Postgres;
use sqlx::PgPool;

type Done = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Done {
    match std::env::args().nth(1) {
        None => {
            let store = Memory::new();
            run(store.clone(), store).await
        }
        Some(url) => {
            let store = Postgres::connect(&url).await?;
            let totals = PostgresTotals::new(&store, PgPool::connect(&url).await?);
            run(store, totals).await
        }
    }
}

async fn run<S: Transactions>(store: S, totals: impl ReadDailyTotals) -> Done
where
    DailyTotals: Projection<S>,
{
    let mail = Outbox::default();
    let cqrs = application::open(store, mail.clone()).await?;
    let runners = cqrs.start_runners();
    let told = story::tell(&cqrs, &mail, &totals, &mut std::io::stdout()).await;
    runners.stop(Duration::from_secs(5)).await;
    told
}
