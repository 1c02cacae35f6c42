//! `cargo xtask postgres`: a server for a developer's own `cargo test` and `psql`.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use crate::interrupt;
use crate::postgres::Database;

/// Options of `cargo xtask postgres`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The major version of PostgreSQL, such as 13; without it, what the machine has.
    #[arg(long, value_name = "MAJOR")]
    postgres: Option<u32>,
}

/// Starts a server, says where it is, and waits for Ctrl-C.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let database = Database::throw_away(options.postgres)?;
    println!("export DATABASE_URL={}", database.url());
    eprintln!("Ctrl-C stops it and removes its data");
    while !interrupt::requested() {
        thread::sleep(Duration::from_millis(100));
    }
    // Ctrl-C is how this command is meant to end, so it is a success.
    Ok(ExitCode::SUCCESS)
}
