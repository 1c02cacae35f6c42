use std::convert::Infallible;

use cqrs_core::domain::command::AggregateCommand;
use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

#[derive(Command)]
#[command(aggregate = Counter, any)]
struct Add<T> {
    #[id]
    to: Id,
    by: T,
}

impl<T: Copy + Into<i64> + Send + Sync + 'static> Handle<Add<T>> for Counter {
    fn handle(command: &Add<T>, root: &mut Root<Self>) -> Result<(), Infallible> {
        root.emit(Added(command.by.into()));
        Ok(())
    }
}

fn send<C: AggregateCommand<Aggregate = Counter>>(command: C) -> Id
where
    Counter: Handle<C>,
{
    command.aggregate_id().clone()
}

fn main() {
    assert_eq!(
        send(Add {
            to: Id(7),
            by: 1_u8
        }),
        Id(7)
    );
}
