use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

#[derive(Command)]
#[command(aggregate = Counter)]
struct Start(#[id] Id);

impl Handle<Start> for Counter {
    fn handle(_: &Start, root: &mut Root<Self>) -> Result<i64, std::convert::Infallible> {
        Ok(root.0)
    }
}

fn main() {}
