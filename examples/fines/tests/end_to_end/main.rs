//! From a file to the report, on each store, and through the program.

mod bad_files;
mod command_line;
mod expected;
mod places;
mod postgres;
mod sample;
