//! Runs through the life of a bank account and prints what happens.
//!
//! ```sh
//! cargo run -p bank                          # in memory
//! cargo run -p bank -- postgres://localhost  # on PostgreSQL: the only line that changes is the builder's
//! ```

use bank::account::Account;
use bank::story;
use cqrs_core::runtime::app::Cqrs;
use cqrs_memory::Memory;
use cqrs_postgres::Postgres;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let builder = match std::env::args().nth(1) {
        None => Cqrs::builder(Memory::new()),
        Some(url) => Cqrs::builder(Postgres::connect(&url).await?),
    };
    let cqrs = builder.aggregate::<Account>().build().await?;
    story::tell(&cqrs, &mut std::io::stdout()).await
}
