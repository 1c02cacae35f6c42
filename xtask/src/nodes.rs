//! `cargo xtask nodes`: the long run of several nodes on one database.

use std::process::ExitCode;

use crate::example;

/// Options of `cargo xtask nodes`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often a write is read back.
    #[arg(long, default_value_t = 10_000)]
    reads: u64,
    /// The major version of PostgreSQL, such as 13; without it, `DATABASE_URL` or what the machine has.
    #[arg(long, value_name = "MAJOR")]
    postgres: Option<u32>,
}

/// Runs the example `nodes` of cqrs-postgres, optimised, and passes its exit status on.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let reads = options.reads.to_string();
    example::run("nodes", &["--reads", &reads], options.postgres)
}
