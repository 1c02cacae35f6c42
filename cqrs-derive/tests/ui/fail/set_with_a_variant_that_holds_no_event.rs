use cqrs_core::prelude::*;

#[derive(EventSet)]
enum AccountEvent {
    Renamed(String),
}

fn main() {}
