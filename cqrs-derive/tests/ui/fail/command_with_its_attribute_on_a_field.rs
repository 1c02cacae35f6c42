use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

#[derive(Command)]
#[command(aggregate = Counter)]
struct Start {
    #[id]
    #[command(creates)]
    id: Id,
}

fn main() {}
