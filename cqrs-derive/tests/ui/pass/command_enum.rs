use std::convert::Infallible;

use cqrs_core::domain::command::{AggregateCommand, Lifecycle};
use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

#[derive(Command)]
#[command(aggregate = Counter, reply = i64)]
enum Do {
    #[command(creates)]
    Start(#[id] Id),
    Add {
        by: i64,
        #[id]
        to: Id,
    },
    #[command(any)]
    Clear(bool, #[id] Id),
    Double(#[id] Id),
}

impl Handle<Do> for Counter {
    fn handle(command: &Do, root: &mut Root<Self>) -> Result<i64, Infallible> {
        match command {
            Do::Start(_) | Do::Clear(false, _) => {}
            Do::Add { by, .. } => root.emit(Added(*by)),
            Do::Clear(true, _) => root.emit(Added(-root.0)),
            Do::Double(_) => root.emit(Added(root.0)),
        }
        Ok(root.0)
    }
}

fn main() {
    assert_eq!(Do::NAME, "Do");
    for (command, id, lifecycle) in [
        (Do::Start(Id(1)), Id(1), Lifecycle::Creates),
        (Do::Add { by: 1, to: Id(2) }, Id(2), Lifecycle::Exists),
        (Do::Clear(true, Id(3)), Id(3), Lifecycle::Any),
        (Do::Double(Id(4)), Id(4), Lifecycle::Exists),
    ] {
        assert_eq!(command.aggregate_id(), &id);
        assert_eq!(command.lifecycle(), lifecycle);
    }
}
