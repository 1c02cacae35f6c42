use cqrs_core::encoding::upcast::{OldEvent, Upcasted, Upcaster};
use cqrs_core::prelude::*;

const OPENED: Upcaster = Upcaster::new("account.opened", 1, next);

fn next(old: &mut OldEvent<'_>) -> Upcasted {
    old.as_next_version()
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened", upcasters(OPENED))]
struct AccountOpened;

fn main() {}
