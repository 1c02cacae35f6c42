use cqrs_core::prelude::*;

#[path = "../round_trip.rs"]
mod round_trip;
use round_trip::round_trip;

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.opened")]
struct Opened;

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum AccountEvent {
    Opened(Opened),
    #[event(name = "account.deposited")]
    Deposited {
        amount: i64,
    },
    #[event(name = "account.renamed")]
    Renamed(String),
}

fn main() {
    assert_eq!(
        round_trip(AccountEvent::from(Opened)).name.as_str(),
        "account.opened"
    );
    round_trip(AccountEvent::Deposited { amount: 1 });
    round_trip(AccountEvent::Renamed("ada".into()));
}
