//! The bank on cqrs-es with postgres-es.

mod account;
mod bank;
mod projection;
mod seed;

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_harness::run::<bank::CqrsEs>()
}
