//! `cargo xtask kill-loop`: the long run of a program that is killed.

use std::process::ExitCode;

use crate::example;

/// Options of `cargo xtask kill-loop`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often the program is killed, with connections that hold, and again with connections that are cut.
    #[arg(long, default_value_t = 200)]
    kills: u32,
    /// The major version of PostgreSQL, such as 13; without it, `DATABASE_URL` or what the machine has.
    #[arg(long, value_name = "MAJOR")]
    postgres: Option<u32>,
}

/// Runs the example `kill_loop` of cqrs-postgres, optimised, and passes its exit status on.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let kills = options.kills.to_string();
    example::run("kill_loop", &["--kills", &kills], options.postgres)
}
