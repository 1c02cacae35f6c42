use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

#[derive(Command)]
#[command(aggregate = Counter, creates)]
enum Do {
    Start(#[id] Id),
}

impl Handle<Do> for Counter {
    fn handle(_: &Do, _: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
        Ok(())
    }
}

fn main() {}
