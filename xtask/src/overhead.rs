//! `cargo xtask overhead`: what the framework itself costs, on the memory store.

use std::process::ExitCode;

use crate::{interrupt, workspace};

/// Options of `cargo xtask overhead`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many commands each contender sends in a round.
    #[arg(long, default_value_t = 1_000_000)]
    commands: u32,
    /// How many rounds; the medians are printed.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
}

/// Runs two examples of cqrs-memory, optimised: one for the time, and one whose allocator counts.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let (commands, rounds) = (options.commands.to_string(), options.rounds.to_string());
    let time = example("overhead", &[&commands, &rounds])?;
    if time != ExitCode::SUCCESS {
        return Ok(time);
    }
    println!();
    example("overhead_allocations", &[])
}

fn example(name: &str, arguments: &[&str]) -> anyhow::Result<ExitCode> {
    let mut cargo = workspace::cargo();
    cargo.args(["run", "--release", "--quiet", "--package", "cqrs-memory"]);
    cargo.args(["--example", name, "--"]).args(arguments);
    Ok(interrupt::exit_code(interrupt::run(&mut cargo)?))
}
