use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

#[derive(Command)]
#[command(aggregate = Counter)]
struct Start {
    #[id]
    id: u64,
}

impl Handle<Start> for Counter {
    fn handle(_: &Start, _: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
        Ok(())
    }
}

fn main() {}
