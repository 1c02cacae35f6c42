use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.closed")]
struct ClosedV1;

#[derive(EventSet, Serialize, Deserialize)]
enum AccountEvent {
    #[event(name = "account.closed", version = 3, previous = ClosedV1)]
    Closed,
}

impl From<ClosedV1> for AccountEvent {
    fn from(_: ClosedV1) -> Self {
        Self::Closed
    }
}

fn main() {}
