use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

#[derive(Command)]
#[command(aggregate = Counter)]
struct Rename<'a> {
    #[id]
    id: Id,
    name: &'a str,
}

fn main() {}
