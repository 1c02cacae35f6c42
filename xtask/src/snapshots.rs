//! `cargo xtask snapshots`: how long loading takes, with a snapshot and without.

use std::process::ExitCode;

use crate::example;

/// Options of `cargo xtask snapshots`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many events the stream with a snapshot has.
    #[arg(long, default_value_t = 100_000)]
    long: u64,
    /// How many of them came after the snapshot.
    #[arg(long, default_value_t = 100)]
    tail: u64,
    /// How many events the stream without a snapshot has.
    #[arg(long, default_value_t = 10_000)]
    short: u64,
    /// How often each is measured, in turns.
    #[arg(long, default_value_t = 31)]
    rounds: usize,
    /// The major version of PostgreSQL, such as 13; without it, `DATABASE_URL` or what the machine has.
    #[arg(long, value_name = "MAJOR")]
    postgres: Option<u32>,
}

/// Runs the example `snapshot_load` of cqrs-postgres, optimised, and passes its exit status on.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let numbers = [options.long, options.tail, options.short].map(|number| number.to_string());
    let ([long, tail, short], rounds) = (&numbers, options.rounds.to_string());
    let arguments = [
        "--long", long, "--tail", tail, "--short", short, "--rounds", &rounds,
    ];
    example::run("snapshot_load", &arguments, options.postgres)
}
