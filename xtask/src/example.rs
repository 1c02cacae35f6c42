//! Runs an example of cqrs-postgres on a database.

use std::process::ExitCode;

use crate::postgres::Database;
use crate::{interrupt, workspace};

/// Runs it, optimised, on the PostgreSQL of this major version, and passes its exit status on.
pub(crate) fn run(
    name: &str,
    arguments: &[&str],
    postgres: Option<u32>,
) -> anyhow::Result<ExitCode> {
    let database = Database::open(postgres)?;
    let mut cargo = workspace::cargo();
    cargo.args(["run", "--release", "--package", "cqrs-postgres"]);
    cargo.args(["--example", name, "--"]).args(arguments);
    database.give_to(&mut cargo);
    Ok(interrupt::exit_code(interrupt::run(&mut cargo)?))
}
