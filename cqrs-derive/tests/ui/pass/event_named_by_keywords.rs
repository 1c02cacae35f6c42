#![allow(non_camel_case_types)]
use cqrs_core::prelude::*;

#[path = "../round_trip.rs"]
mod round_trip;

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "type")]
struct r#type {
    #[tag("kind")]
    r#match: u8,
}

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum r#enum {
    r#type(r#type),
    #[event(name = "struct")]
    r#struct {
        #[tag("loop")]
        r#loop: u8,
    },
}

fn main() {
    assert!(r#type::RUST_TYPE.ends_with("::type"));
    assert!(r#enum::EVENTS[1].rust_type.ends_with("::enum::struct"));
    let encoded = round_trip::round_trip(r#enum::from(r#type { r#match: 1 }));
    assert_eq!(encoded.payload.as_str(), r#"{"match":1}"#);
    let encoded = round_trip::round_trip(r#enum::r#struct { r#loop: 2 });
    assert_eq!(encoded.payload.as_str(), r#"{"loop":2}"#);
    assert_eq!(encoded.tags[0].as_str(), "loop:2");
}
