//! Kills a program with SIGKILL at random moments, and compares what is left with the log: P1, P6.
//!
//! `DATABASE_URL=postgres://… cargo run --release -p cqrs-postgres --example kill_loop -- --kills 200`
//!
//! Twice: with connections that hold, and with connections that are cut at commits. The last line has the figures; the
//! exit status says whether they are as they must be.

#[path = "kill_loop/cuts.rs"]
mod cuts;
#[path = "transfers/program.rs"]
mod program;
#[path = "../tests/support/proxy.rs"]
mod proxy;
#[path = "kill_loop/run.rs"]
mod run;
#[path = "transfers/schema.rs"]
mod schema;

use std::process::{Command, ExitCode};

use clap::Parser;
use program::child;
use program::plan::Plan;
use run::Connections;

#[derive(Parser)]
struct Arguments {
    /// How often the program is killed, in each of the two ways.
    #[arg(long, default_value_t = 200)]
    kills: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    if let Some(plan) = Plan::of_the_child() {
        child::run(&plan).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let arguments = Arguments::parse();
    let start = || Ok(Command::new(std::env::current_exe()?));
    let held = run::run(arguments.kills, Connections::Hold, start).await?;
    println!("{held}");
    let cut = run::run(arguments.kills, Connections::AreCut, start).await?;
    println!("kill-loop: {held} | {cut}");
    Ok(if held.is_good() && cut.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
