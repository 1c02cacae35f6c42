use cqrs_core::prelude::*;
use serde::de::DeserializeOwned;

#[path = "../round_trip.rs"]
mod round_trip;

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "imported")]
struct Imported<T, const N: usize>
where
    T: Clone + std::fmt::Display,
{
    #[tag("source")]
    source: T,
    count: usize,
}

#[derive(EventSet, Clone, Debug, PartialEq)]
enum ImportEvent {
    Imported(Imported<String, 3>),
}

fn name_of<T: Clone + Serialize + DeserializeOwned + std::fmt::Display + Send + Sync + 'static>()
-> String
where
    Imported<T, 1>: Event,
{
    Imported::<T, 1>::NAME.to_string()
}

fn main() {
    let event = Imported {
        source: "a".to_owned(),
        count: 3,
    };
    let encoded = round_trip::round_trip(ImportEvent::from(event));
    assert_eq!(encoded.payload.as_str(), r#"{"source":"a","count":3}"#);
    assert_eq!(encoded.tags[0].as_str(), "source:a");
    assert_eq!(name_of::<u8>(), "imported");
}
