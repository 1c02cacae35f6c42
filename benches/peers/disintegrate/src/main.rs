//! The bank on disintegrate with disintegrate-postgres.

mod account;
mod bank;
mod conflict;
mod listener;
mod replay;

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_harness::run::<bank::Disintegrate>()
}
