use cqrs_core::prelude::*;
use serde::de::DeserializeOwned;

#[path = "../round_trip.rs"]
mod round_trip;
use round_trip::round_trip;

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "counted")]
struct Counted<T>(T);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(bound = "T: Serialize + DeserializeOwned")]
enum ListEvent<T: Serialize + DeserializeOwned + Send + Sync + 'static> {
    #[event(name = "added")]
    Added {
        item: T,
    },
    Counted(Counted<T>),
}

fn main() {
    let added = ListEvent::Added { item: 7_u8 };
    assert_eq!(round_trip(added).payload.as_str(), r#"{"item":7}"#);
    assert_eq!(
        round_trip(ListEvent::from(Counted("a".to_owned())))
            .name
            .as_str(),
        "counted"
    );
}
