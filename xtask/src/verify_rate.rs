//! `cargo xtask verify-rate`: `cqrs.verify()` beside a raw scan.

use std::process::ExitCode;

use crate::example;

/// Options of `cargo xtask verify-rate`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many events are in the log.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Of how many aggregates.
    #[arg(long, default_value_t = 50_000)]
    streams: u64,
    /// How many aggregates are folded at the same time.
    #[arg(long, default_value_t = 100_000)]
    open: usize,
    /// The major version of PostgreSQL, such as 13; without it, `DATABASE_URL` or what the machine has.
    #[arg(long, value_name = "MAJOR")]
    postgres: Option<u32>,
}

/// Runs the example `verify_rate` of cqrs-postgres, optimised, and passes its exit status on.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let texts =
        [options.events, options.streams, options.open as u64].map(|number| number.to_string());
    let [events, streams, open] = &texts;
    let arguments = ["--events", events, "--streams", streams, "--open", open];
    example::run("verify_rate", &arguments, options.postgres)
}
