//! The limits: what the database and its driver can do without any framework.

mod bank;
mod copy;
mod pgbench;
mod scan;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_harness::run::<bank::Limit>()
}
