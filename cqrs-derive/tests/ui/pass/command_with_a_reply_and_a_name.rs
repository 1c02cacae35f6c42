use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use cqrs_core::domain::decide::decide;
use cqrs_core::prelude::*;
use cqrs_core::words::clock::System;

#[path = "../counter.rs"]
mod counter;
use counter::*;

#[derive(Command)]
#[command(aggregate = Counter, any, reply = BTreeMap<String, i64>, name = "counter.add")]
struct Add {
    by: i64,
    #[id]
    to: Id,
}

impl Handle<Add> for Counter {
    fn handle(add: &Add, root: &mut Root<Self>) -> Result<BTreeMap<String, i64>, Infallible> {
        root.emit(Added(add.by));
        root.emit(CounterEvent::Added(Added(add.by)));
        Ok(BTreeMap::from([("count".to_owned(), root.0)]))
    }
}

fn main() {
    assert_eq!(Add::NAME, "counter.add");
    let mut root = Root::<Counter>::new(Id(1), &System, Arc::new(System));
    let reply = decide(&Add { by: 7, to: Id(1) }, &mut root).unwrap();
    assert_eq!(reply["count"], 14);
    assert_eq!(root.emitted().len(), 2);
}
