use cqrs_core::prelude::*;

#[derive(Command)]
#[command(error = std::fmt::Error)]
union Register {
    number: u64,
}

fn main() {}
