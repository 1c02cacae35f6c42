use cqrs_core::prelude::*;

#[path = "../round_trip.rs"]
mod round_trip;
use round_trip::round_trip;

#[derive(EventSet, Serialize, Deserialize, Debug, PartialEq)]
enum AccountEvent {
    #[cfg(any())]
    #[event(name = "never")]
    Never { nothing: Missing },
    #[cfg(all())]
    #[event(name = "opened")]
    Opened { owner: String },
    #[cfg_attr(all(), event(name = "closed"))]
    Closed,
}

fn main() {
    assert_eq!(AccountEvent::EVENTS.len(), 2);
    round_trip(AccountEvent::Opened {
        owner: "ada".into(),
    });
    assert_eq!(round_trip(AccountEvent::Closed).name.as_str(), "closed");
}
