use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

#[derive(Command)]
#[command(aggregate = Counter, creates, any)]
struct Start(#[id] Id);

fn main() {}
