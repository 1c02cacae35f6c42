use cqrs_core::prelude::*;

#[path = "../round_trip.rs"]
mod round_trip;
use round_trip::round_trip;

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum PageEvent {
    #[event(name = "closed")]
    Closed,
    #[event(name = "renamed")]
    Renamed(String),
    #[event(name = "moved")]
    Moved(i64, i64),
    #[event(name = "nothing")]
    Nothing {},
}

fn main() {
    assert_eq!(round_trip(PageEvent::Closed).payload.as_str(), "{}");
    let renamed = PageEvent::Renamed("ada".into());
    assert_eq!(round_trip(renamed).payload.as_str(), r#""ada""#);
    assert_eq!(round_trip(PageEvent::Moved(1, 2)).payload.as_str(), "[1,2]");
    assert_eq!(round_trip(PageEvent::Nothing {}).payload.as_str(), "{}");
}
