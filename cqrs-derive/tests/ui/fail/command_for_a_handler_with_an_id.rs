use cqrs_core::prelude::*;

#[derive(Command)]
#[command(error = std::fmt::Error)]
struct Register {
    #[id]
    mail: String,
}

fn main() {}
