//! `cargo xtask rebuild-under-load` and `cargo xtask handler-latency`: the long runs of the read side.

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
