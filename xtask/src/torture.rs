//! `cargo xtask torture`: the long run of the feed's torture test.

use std::process::ExitCode;

use crate::example;

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
    let seconds = options.seconds.to_string();
    example::run("torture", &["--seconds", &seconds], options.postgres)
}
