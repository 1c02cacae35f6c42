use cqrs_core::prelude::*;

#[derive(EventSet, Serialize, Deserialize)]
struct AccountOpened;

fn main() {}
