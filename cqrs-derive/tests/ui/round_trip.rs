// Writes an event and reads it back, as a store would.

use cqrs_core::encoding::error::DecodeError;
use cqrs_core::encoding::event::{EncodedEvent, EventSet};
use cqrs_core::encoding::parts::Parts;
use cqrs_core::words::clock::{Clock, System};
use cqrs_core::words::event::{EventName, NewEvent, RecordedEvent, SchemaVersion};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::StreamVersion;

#[allow(dead_code)]
pub fn round_trip<S: EventSet + std::fmt::Debug + PartialEq>(event: S) -> EncodedEvent {
    let encoded = event.encode().unwrap();
    assert_eq!(S::decode(&recorded(encoded.clone())).unwrap().into_one(), Some(event));
    encoded
}

#[allow(dead_code)]
pub fn decode<S: EventSet>(name: &str, version: u32, payload: &str) -> Result<S, DecodeError> {
    let parts = decode_parts(name, version, payload)?;
    Ok(parts.into_one().expect("it is read as one event"))
}

#[allow(dead_code)]
pub fn decode_parts<S: EventSet>(
    name: &str,
    version: u32,
    payload: &str,
) -> Result<Parts<S>, DecodeError> {
    S::decode(&recorded(EncodedEvent::new(
        EventName::new(name).unwrap(),
        SchemaVersion::new(version).unwrap(),
        Payload::from_json(payload).unwrap(),
        Vec::new(),
    )))
}

fn recorded(event: EncodedEvent) -> RecordedEvent {
    NewEvent::new(event.name, event.payload)
        .with_schema_version(event.schema_version)
        .with_tags(event.tags)
        .recorded(
            "test-1".parse().unwrap(),
            StreamVersion::FIRST,
            Position::START,
            System.now(),
        )
}
