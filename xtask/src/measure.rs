//! `cargo xtask rebuild-under-load`, `cargo xtask handler-latency` and `cargo xtask large-log`: the long measurements.

use std::process::ExitCode;

use crate::postgres::Database;
use crate::{interrupt, workspace};

/// Options of `cargo xtask rebuild-under-load`.
#[derive(clap::Args)]
pub(crate) struct Rebuild {
    /// How many events are in the log.
    #[arg(long)]
    events: u64,
    /// The major version of PostgreSQL, such as 13; without it, `DATABASE_URL` or what the machine has.
    #[arg(long, value_name = "MAJOR")]
    postgres: Option<u32>,
}

/// Options of `cargo xtask handler-latency`.
#[derive(clap::Args)]
pub(crate) struct Latency {
    /// How many events a second are appended.
    #[arg(long, default_value_t = 500)]
    rate: u64,
    /// For how long.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// The major version of PostgreSQL, such as 13; without it, `DATABASE_URL` or what the machine has.
    #[arg(long, value_name = "MAJOR")]
    postgres: Option<u32>,
}

/// Options of `cargo xtask large-log`.
#[derive(clap::Args)]
pub(crate) struct LargeLog {
    /// How many events are imported. Needs about a kilobyte of disk for each while it runs.
    #[arg(long)]
    events: u64,
    /// Partitions the events by hash of the stream's key, for comparison.
    #[arg(long)]
    partitions: Option<u32>,
    /// The major version of PostgreSQL, such as 13; without it, `DATABASE_URL` or what the machine has.
    #[arg(long, value_name = "MAJOR")]
    postgres: Option<u32>,
}

/// Runs the example `large_log` of cqrs-postgres, optimised, and passes its exit status on.
pub(crate) fn large_log(options: &LargeLog) -> anyhow::Result<ExitCode> {
    let mut arguments = vec!["--events".to_owned(), options.events.to_string()];
    if let Some(partitions) = options.partitions {
        arguments.extend(["--partitions".to_owned(), partitions.to_string()]);
    }
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    run("large_log", &arguments, options.postgres)
}

/// Runs the example `rebuild_under_load` of cqrs-postgres, optimised, and passes its exit status on.
pub(crate) fn rebuild(options: &Rebuild) -> anyhow::Result<ExitCode> {
    let events = options.events.to_string();
    run(
        "rebuild_under_load",
        &["--events", &events],
        options.postgres,
    )
}

/// Runs the example `handler_latency` of cqrs-postgres, optimised, and passes its exit status on.
pub(crate) fn latency(options: &Latency) -> anyhow::Result<ExitCode> {
    let (rate, seconds) = (options.rate.to_string(), options.seconds.to_string());
    let arguments = ["--rate", &rate, "--seconds", &seconds];
    run("handler_latency", &arguments, options.postgres)
}

fn run(example: &str, arguments: &[&str], postgres: Option<u32>) -> anyhow::Result<ExitCode> {
    let database = Database::open(postgres)?;
    let mut cargo = workspace::cargo();
    cargo.args(["run", "--release", "--package", "cqrs-postgres"]);
    cargo.args(["--example", example, "--"]).args(arguments);
    database.give_to(&mut cargo);
    Ok(interrupt::exit_code(interrupt::run(&mut cargo)?))
}
