use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

#[derive(Command)]
#[command(aggregate = Counter)]
struct Start(#[id] Id);

impl Handle<Start> for Counter {
    fn handle(_: &Start, root: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
        root.0 += 1;
        Ok(())
    }
}

fn main() {}
