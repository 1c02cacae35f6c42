use cqrs_core::prelude::*;

#[path = "../round_trip.rs"]
mod round_trip;

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.closed")]
struct AccountClosed;

#[derive(EventSet, Clone, Debug, PartialEq)]
enum AccountEvent {
    Closed(AccountClosed),
}

fn main() {
    let encoded = round_trip::round_trip(AccountEvent::from(AccountClosed));
    assert_eq!(encoded.name.as_str(), "account.closed");
    assert_eq!(encoded.payload.as_str(), "null");
}
