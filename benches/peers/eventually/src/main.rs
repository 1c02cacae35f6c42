//! The bank on eventually with eventually-postgres.

mod account;
mod bank;
mod clients;

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_harness::run::<bank::Eventually>()
}
