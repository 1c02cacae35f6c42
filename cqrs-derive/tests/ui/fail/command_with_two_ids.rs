use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

#[derive(Command)]
#[command(aggregate = Counter)]
struct Move {
    #[id]
    from: Id,
    #[id]
    to: Id,
}

fn main() {}
