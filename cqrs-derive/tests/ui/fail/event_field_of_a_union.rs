use cqrs_core::prelude::*;

#[derive(EventField)]
union Number {
    whole: u64,
}

fn main() {}
