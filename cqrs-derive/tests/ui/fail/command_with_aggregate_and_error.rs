use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

#[derive(Command)]
#[command(aggregate = Counter, error = std::fmt::Error)]
struct Start(#[id] Id);

impl Handle<Start> for Counter {
    fn handle(_: &Start, _: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
        Ok(())
    }
}

fn main() {}
