use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

#[derive(Command)]
#[command(aggregate = Counter)]
struct Start(#[id] Id);

fn main() {}
