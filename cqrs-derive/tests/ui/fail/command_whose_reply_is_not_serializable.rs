use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

struct Reply;

#[derive(Command)]
#[command(aggregate = Counter, reply = Reply)]
struct Start(#[id] Id);

impl Handle<Start> for Counter {
    fn handle(_: &Start, _: &mut Root<Self>) -> Result<Reply, std::convert::Infallible> {
        Ok(Reply)
    }
}

fn main() {}
