use cqrs_core::prelude::*;

#[derive(Command)]
#[command(error = std::convert::Infallible)]
struct Charge {
    amount: i64,
}

#[derive(CommandSet)]
enum FineCommand {
    Charge(Charge),
}

fn main() {}
