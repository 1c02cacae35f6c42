use cqrs_core::prelude::*;

#[derive(Command)]
#[command(error = std::fmt::Error, name = "")]
struct Register;

fn main() {}
