//! `cargo xtask test`: every test of the workspace, with a PostgreSQL server for those that need one.

mod selection;
mod tally;

use std::io::{self, Write};
use std::process::ExitCode;

use crate::postgres::Database;
use crate::{interrupt, workspace};
use tally::Tally;

/// Options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Runs the tests that touch PostgreSQL, on these major versions, such as 13,18.
    #[arg(long, value_name = "MAJORS", value_delimiter = ',')]
    postgres: Vec<u32>,
    /// More arguments to `cargo test`, such as a test's name, or `-p cqrs-core -- --nocapture`.
    #[arg(last = true)]
    cargo: Vec<String>,
}

/// Runs the tests and closes with one line that counts them.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut tally = Tally::default();
    let mut first_failure = None;
    if options.postgres.is_empty() {
        let database = Database::open(None)?;
        first_failure = run_on(&database, &selection::workspace(&options.cargo), &mut tally)?;
    }
    for major in &options.postgres {
        let database = Database::throw_away(Some(*major))?;
        let failure = run_on(
            &database,
            &selection::touching_postgres(&options.cargo),
            &mut tally,
        )?;
        first_failure = first_failure.or(failure);
        interrupt::check()?;
    }
    let mut summary = tally.to_string();
    if first_failure.is_some() && tally.failed() == 0 {
        // A test program that doesn't compile or dies has no `test result:` line.
        summary.push_str(", but cargo test failed: see above");
    }
    println!("\n{summary}");
    Ok(first_failure.unwrap_or(ExitCode::SUCCESS))
}

/// Runs each selection on `database`; returns the first failure, after the other selections have run too.
fn run_on(
    database: &Database,
    selections: &[Vec<String>],
    tally: &mut Tally,
) -> anyhow::Result<Option<ExitCode>> {
    let mut first_failure = None;
    for selection in selections {
        let failed_before = tally.failed();
        let mut cargo = workspace::cargo();
        database.give_to(cargo.arg("test").args(selection));
        let status = interrupt::run_and_read(&mut cargo, |output| {
            // Whoever reads the output may stop reading; the tests go on.
            let mut stdout = io::stdout().lock();
            let _ = stdout.write_all(output).and_then(|()| stdout.flush());
            tally.read(output);
        })?;
        interrupt::check()?;
        if !status.success() {
            first_failure = first_failure.or(Some(interrupt::exit_code(status)));
            if tally.failed() == failed_before {
                // It didn't compile: the next selection would only say so again.
                break;
            }
        }
    }
    Ok(first_failure)
}
