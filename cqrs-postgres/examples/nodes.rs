//! Several nodes on one database: P2, P3, P5.
//!
//! `DATABASE_URL=postgres://… cargo run --release -p cqrs-postgres --example nodes -- --reads 10000`
//!
//! Two and three nodes, of which one stands still for twice the lease; a rolling restart; writes that are read back, with
//! two nodes; a key that is parked. The last line has the figures; the exit status says whether they are as they must be.

#[path = "nodes/figures.rs"]
mod figures;
#[path = "nodes/gaps.rs"]
mod gaps;
#[path = "nodes/late.rs"]
mod late;
#[path = "nodes/parked.rs"]
mod parked;
#[path = "transfers/program.rs"]
mod program;
#[path = "nodes/reads.rs"]
mod reads;
#[path = "nodes/run.rs"]
mod run;
#[path = "transfers/schema.rs"]
mod schema;

use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::Parser;
use program::child;
use program::plan::Plan;

#[derive(Parser)]
struct Arguments {
    /// How often a write is read back.
    #[arg(long, default_value_t = 10_000)]
    reads: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    if let Some(plan) = Plan::of_the_child() {
        child::run(&plan).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let arguments = Arguments::parse();
    let lease = Duration::from_secs(2);
    let start = || Ok(Command::new(std::env::current_exe()?));
    let two = run::run(2, lease, start).await?;
    println!("{two}");
    let three = run::run(3, lease, start).await?;
    println!("{three}");
    let reads = reads::run(arguments.reads, lease, start).await?;
    println!("nodes: {two} | {three} | {reads}");
    let runs = [&two, &three];
    let is_good = runs.iter().all(|run| run.is_correct() && run.is_in_time()) && reads.is_good();
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
