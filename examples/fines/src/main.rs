//! The program: see `fines --help`. What it does is in the library.

use std::process::ExitCode;

use clap::Parser;
use fines::command_line::CommandLine;
use fines::print::chain::chain;

#[tokio::main]
async fn main() -> ExitCode {
    match CommandLine::parse().run(&mut std::io::stdout()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fines: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}
