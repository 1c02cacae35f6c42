use std::convert::Infallible;

use cqrs_core::domain::command::{AggregateCommand, Lifecycle};
use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

macro_rules! command {
    ($name:ident $(, $lifecycle:ident)?) => {
        #[derive(Command)]
        #[command(aggregate = Counter $(, $lifecycle)?)]
        struct $name {
            #[id]
            id: Id,
        }

        impl Handle<$name> for Counter {
            fn handle(_: &$name, _: &mut Root<Self>) -> Result<(), Infallible> {
                Ok(())
            }
        }
    };
}

command!(Start, creates);
command!(Go);
command!(Touch, any);

fn main() {
    assert_eq!(Start { id: Id(1) }.lifecycle(), Lifecycle::Creates);
    assert_eq!(Go { id: Id(1) }.lifecycle(), Lifecycle::Exists);
    assert_eq!(Touch { id: Id(1) }.lifecycle(), Lifecycle::Any);
    assert_eq!(Go { id: Id(7) }.aggregate_id(), &Id(7));
}
