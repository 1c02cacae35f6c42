use cqrs_core::encoding::codec;
use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "renamed")]
struct Renamed(#[tag("owner")] String);

#[derive(Event, Serialize, Deserialize)]
#[event(name = "moved")]
struct Moved(i32, #[tag("y")] i32);

fn main() {
    let encoded = codec::encode_event(&Renamed("ada".into())).unwrap();
    assert_eq!(encoded.payload.as_str(), r#""ada""#);
    assert_eq!(encoded.tags[0].as_str(), "owner:ada");
    let encoded = codec::encode_event(&Moved(1, 2)).unwrap();
    assert_eq!(encoded.payload.as_str(), "[1,2]");
    assert_eq!(encoded.tags[0].as_str(), "y:2");
}
