//! Our own framework, as programs use it.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_harness::run::<bench_ours::Ours>()
}
