//! From a file to the report, on each store, and through the program.

#![allow(clippy::unwrap_used, reason = "a test may fail like this")]

mod bad_files;
mod command_line;
mod expected;
mod places;
mod postgres;
mod sample;
