use cqrs_core::prelude::*;

#[path = "../counter.rs"]
mod counter;
use counter::*;

struct Account;

#[derive(Command)]
#[command(aggregate = Account)]
struct Start(#[id] Id);

fn main() {}
