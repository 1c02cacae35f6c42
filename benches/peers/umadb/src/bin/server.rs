//! The server, as `cargo install umadb` makes it: the same call of the same library.

use std::process::ExitCode;

use umadb::{parse_cli_options, start_server_with_cli_options};

fn main() -> ExitCode {
    let started = parse_cli_options(std::env::args())
        .map_err(|error| error.to_string())
        .and_then(|options| {
            start_server_with_cli_options(options).map_err(|error| error.to_string())
        });
    match started {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
