use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened", alias = "account.opened")]
struct Opened;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.closed", oldest = 2)]
struct Closed;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.moved", previous = MovedV1)]
struct Moved;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.merged", version = 2, oldest = 2, writes_previous)]
struct Merged;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.frozen", version = 2, upcasters = FROZEN)]
struct Frozen;

fn main() {}
