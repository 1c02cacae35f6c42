//! `cargo xtask bench`: the benchmark of `benches/`, on servers of its own.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::postgres::Database;
use crate::{interrupt, workspace};

/// The oldest major version that every contender works on.
const NEWER_MAJOR: u32 = 16;

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Under five minutes, compiling not counted: fewer tasks, short runs, small logs.
    #[arg(long)]
    quick: bool,
    /// Writes everything that was measured to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The major version of PostgreSQL, such as 18; without it, what the machine has.
    #[arg(long, value_name = "MAJOR")]
    postgres: Option<u32>,
    /// What stands after `--` goes to the benchmark: `-- --help` shows what it takes.
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Starts the servers, and runs the benchmark's driver in release.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let database = Database::throw_away(options.postgres)?;
    let newer = newer(&database)?;
    let folder = workspace::root().join("benches");
    let mut cargo = workspace::cargo();
    cargo
        .args(["run", "--release", "--locked", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .args(["--package", "cqrs-benches", "--"]);
    if options.quick {
        cargo.arg("--quick");
    }
    if let Some(file) = &options.json {
        cargo.arg("--json").arg(std::path::absolute(file)?);
    }
    cargo
        .arg("--plot")
        .arg(workspace::cache().join("bench.svg"));
    cargo.args(&options.rest);
    database.give_to(&mut cargo);
    if let Some(newer) = &newer {
        cargo.env("NEWER_DATABASE_URL", newer.url());
    }
    Ok(interrupt::exit_code(interrupt::run(&mut cargo)?))
}

/// A second server, for contenders that the first is too old for. Without one they are named as not measured.
fn newer(database: &Database) -> anyhow::Result<Option<Database>> {
    if database.major().is_none_or(|major| major >= NEWER_MAJOR) {
        return Ok(None);
    }
    let newer = Database::throw_away(Some(NEWER_MAJOR));
    interrupt::check()?;
    Ok(newer
        .inspect_err(|error| eprintln!("no PostgreSQL {NEWER_MAJOR} beside it: {error:#}"))
        .ok())
}
