//! The bank on esrs.

mod account;
mod bank;
mod projection;

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_harness::run::<bank::Esrs>()
}
