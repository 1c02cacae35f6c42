use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

#[derive(Command)]
#[command(aggregate = Counter)]
struct Add {
    id: Id,
}

fn main() {}
