//! Tortures the feed: many writers in two processes that stall, abort and are killed, and readers that must miss nothing.
//!
//! `DATABASE_URL=postgres://… cargo run --release -p cqrs-postgres --example torture -- --seconds 30`
//!
//! The last line has the figures; the exit status says whether they are as they must be.

#[path = "torture/delays.rs"]
mod delays;
#[path = "torture/killer.rs"]
mod killer;
#[path = "torture/plan.rs"]
mod plan;
#[path = "torture/quiet.rs"]
mod quiet;
#[path = "torture/readers.rs"]
mod readers;
#[path = "torture/run.rs"]
mod run;
#[path = "torture/writers.rs"]
mod writers;

use std::process::{Command, ExitCode};

use clap::Parser;
use plan::Plan;

#[derive(Parser)]
struct Arguments {
    /// How long the writers write.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// How many writers each of the two processes has.
    #[arg(long, default_value_t = 20)]
    writers: usize,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    if let Some(plan) = Plan::of_the_second_process() {
        writers::second_process(&plan).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let arguments = Arguments::parse();
    let second = Command::new(std::env::current_exe()?);
    let report = run::run(arguments.seconds, arguments.writers, second).await?;
    println!("{report}");
    Ok(match report.is_good() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
