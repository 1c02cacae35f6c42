//! UmaDB: a specialised event store. Its server is started beside, as a process of its own.

mod bank;
mod server;

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_harness::run::<bank::UmaDb>()
}
