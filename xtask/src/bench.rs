//! `cargo xtask bench`: the benchmark of `benches/`, on servers of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::postgres::{Database, SlowDisk};
use crate::{interrupt, workspace};

/// The oldest major version that every contender works on.
const NEWER_MAJOR: u32 = 16;

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Under five minutes, compiling not counted: fewer tasks, short runs, small logs.
    #[arg(long)]
    quick: bool,
    /// All of it in this time, compiling not counted: how long a run is and how often it is made is chosen to fit.
    #[arg(long, value_name = "MINUTES", conflicts_with = "report")]
    minutes: Option<f64>,
    /// Writes everything that was measured to this file, after each measurement; else to `target/xtask/bench.json`.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Goes on with a run that was cut: what this file has is not measured again.
    #[arg(long, value_name = "FILE", conflicts_with = "report")]
    resume: Option<PathBuf>,
    /// Measures nothing: prints the tables of this file and draws the plot.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// A disk like a cloud's: each sync of the servers takes at least so many microseconds more. Linux only.
    #[arg(long, value_name = "MICROSECONDS", conflicts_with = "report")]
    sync_delay: Option<u64>,
    /// The major version of PostgreSQL, such as 18; without it, what the machine has.
    #[arg(long, value_name = "MAJOR")]
    postgres: Option<u32>,
    /// What stands after `--` goes to the benchmark: `-- --help` shows what it takes.
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Starts the servers, and runs the benchmark's driver in release.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut cargo = driver(options)?;
    if options.report.is_some() {
        cargo.args(&options.rest);
        return Ok(interrupt::exit_code(interrupt::run(&mut cargo)?));
    }
    let slow_disk = options.sync_delay.filter(|delay| *delay > 0);
    let slow_disk = slow_disk.map(SlowDisk::build).transpose()?;
    if let (Some(disk), Some(delay)) = (&slow_disk, options.sync_delay) {
        cargo.args(["--sync-delay", &delay.to_string()]);
        cargo.arg("--slow-disk").arg(disk.library());
    }
    cargo.args(&options.rest);
    let database = Database::throw_away_on(options.postgres, slow_disk.as_ref())?;
    let newer = newer(&database, slow_disk.as_ref())?;
    database.give_to(&mut cargo);
    if let Some(newer) = &newer {
        cargo.env("NEWER_DATABASE_URL", newer.url());
    }
    Ok(interrupt::exit_code(interrupt::run(&mut cargo)?))
}

/// The driver, with what it is asked for.
fn driver(options: &Options) -> anyhow::Result<Command> {
    let mut cargo = workspace::cargo();
    cargo
        .args(["run", "--release", "--locked", "--manifest-path"])
        .arg(workspace::root().join("benches").join("Cargo.toml"))
        .args(["--package", "cqrs-benches", "--"]);
    if options.quick {
        cargo.arg("--quick");
    }
    if let Some(minutes) = options.minutes {
        cargo.args(["--minutes", &minutes.to_string()]);
    }
    let json = match (&options.json, &options.report) {
        (Some(file), _) => Some(std::path::absolute(file)?),
        (None, None) => Some(workspace::cache().join("bench.json")),
        // It is there already.
        (None, Some(_)) => None,
    };
    for (name, file) in [
        ("--json", json),
        ("--resume", given(options.resume.as_deref())?),
        ("--report", given(options.report.as_deref())?),
        ("--plot", Some(workspace::cache().join("bench.svg"))),
    ] {
        if let Some(file) = file {
            cargo.arg(name).arg(file);
        }
    }
    Ok(cargo)
}

/// As the driver, which works in another folder, finds it.
fn given(file: Option<&Path>) -> anyhow::Result<Option<PathBuf>> {
    Ok(file.map(std::path::absolute).transpose()?)
}

/// A second server, for contenders that the first is too old for. Without one they are named as not measured.
fn newer(database: &Database, slow_disk: Option<&SlowDisk>) -> anyhow::Result<Option<Database>> {
    if database.major().is_none_or(|major| major >= NEWER_MAJOR) {
        return Ok(None);
    }
    let newer = Database::throw_away_on(Some(NEWER_MAJOR), slow_disk);
    interrupt::check()?;
    Ok(newer
        .inspect_err(|error| eprintln!("no PostgreSQL {NEWER_MAJOR} beside it: {error:#}"))
        .ok())
}
