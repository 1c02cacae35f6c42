use cqrs_core::prelude::*;

#[derive(Command)]
#[command(error = std::fmt::Error, creates)]
struct Register {
    mail: String,
}

fn main() {}
