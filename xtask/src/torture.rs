//! `cargo xtask torture`: the long run of the feed's torture test.

use std::process::ExitCode;

use crate::postgres::Database;
use crate::{interrupt, workspace};

/// Options of `cargo xtask torture`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long the writers write.
    #[arg(long)]
    seconds: u64,
    /// The major version of PostgreSQL, such as 13; without it, `DATABASE_URL` or what the machine has.
    #[arg(long, value_name = "MAJOR")]
    postgres: Option<u32>,
}

/// Runs the example `torture` of cqrs-postgres, optimised, and passes its exit status on.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let database = Database::open(options.postgres)?;
    let mut cargo = workspace::cargo();
    cargo.args([
        "run",
        "--release",
        "--package",
        "cqrs-postgres",
        "--example",
        "torture",
        "--",
    ]);
    cargo.args(["--seconds", &options.seconds.to_string()]);
    database.give_to(&mut cargo);
    Ok(interrupt::exit_code(interrupt::run(&mut cargo)?))
}
