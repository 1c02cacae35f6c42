//! The project's own commands: `cargo xtask test`, the long runs (`torture`, `kill-loop`, `nodes`), the measurements
//! (`bench`, `overhead`, `rebuild-under-load`, `handler-latency`, `large-log`, `verify-rate`, `snapshots`), `postgres`
//! and `features`.
//!
//! They do their own set-up, so that a fresh machine needs Rust and nothing else. Linux and macOS only.

mod bench;
mod example;
mod features;
mod interrupt;
mod kill_loop;
mod measure;
mod nodes;
mod overhead;
mod postgres;
mod serve;
mod snapshots;
mod test;
mod torture;
mod verify_rate;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs every test, on the PostgreSQL of `DATABASE_URL` or on a throw-away one.
    Test(test::Options),
    /// Runs the feed's torture test of cqrs-postgres.
    Torture(torture::Options),
    /// Kills a program with SIGKILL at random moments, and compares what is left with the log.
    KillLoop(kill_loop::Options),
    /// Stops, restarts and reads from several nodes on one database.
    Nodes(nodes::Options),
    /// Rebuilds a view under load, with a reader that looks every millisecond.
    RebuildUnderLoad(measure::Rebuild),
    /// Measures the time from a commit to an event handler.
    HandlerLatency(measure::Latency),
    /// Measures `cqrs.verify()` beside a raw scan of the log.
    VerifyRate(verify_rate::Options),
    /// Measures how long loading takes with a snapshot, and without one beside a raw query.
    Snapshots(snapshots::Options),
    /// Fills a log with many events, and measures at several sizes how it is appended to and read.
    LargeLog(measure::LargeLog),
    /// Starts a throw-away PostgreSQL and keeps it until Ctrl-C.
    Postgres(serve::Options),
    /// Measures the framework, its peers and the limits of the database side by side.
    Bench(bench::Options),
    /// Measures what the framework itself costs: commands on the memory store, their time and their allocations.
    Overhead(overhead::Options),
    /// Checks each feature of each crate alone.
    Features,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            if interrupt::requested() {
                interrupt::EXIT_CODE.into()
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn run(task: &Task) -> anyhow::Result<ExitCode> {
    interrupt::watch()?;
    match task {
        Task::Test(options) => test::run(options),
        Task::Torture(options) => torture::run(options),
        Task::KillLoop(options) => kill_loop::run(options),
        Task::Nodes(options) => nodes::run(options),
        Task::RebuildUnderLoad(options) => measure::rebuild(options),
        Task::HandlerLatency(options) => measure::latency(options),
        Task::VerifyRate(options) => verify_rate::run(options),
        Task::Snapshots(options) => snapshots::run(options),
        Task::LargeLog(options) => measure::large_log(options),
        Task::Postgres(options) => serve::run(options),
        Task::Bench(options) => bench::run(options),
        Task::Overhead(options) => overhead::run(options),
        Task::Features => features::run(),
    }
}
