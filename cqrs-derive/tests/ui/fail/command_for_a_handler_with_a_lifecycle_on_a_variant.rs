use cqrs_core::prelude::*;

#[derive(Command)]
#[command(error = std::fmt::Error)]
enum Register {
    #[command(creates)]
    Customer { mail: String },
}

fn main() {}
