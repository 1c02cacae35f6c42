//! The JSON codec: what the derive macros call.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{DecodeError, EncodeError};
use super::event::{EncodedEvent, Event};
use super::registry::EventDescription;
use super::variant;
use crate::words::error::InvalidWord;
use crate::words::event::{EventName, RecordedEvent, SchemaVersion};
use crate::words::payload::{InvalidPayload, Payload};
use crate::words::tag::Tag;

/// Encodes an event that is a struct of its own.
///
/// # Errors
///
/// [`EncodeError`] when the payload has no JSON form or a tag's value is no tag.
pub fn encode_event<E: Event>(event: &E) -> Result<EncodedEvent, EncodeError> {
    finish(
        E::NAME,
        E::SCHEMA_VERSION,
        Payload::encode(event),
        event.tags(),
    )
}

/// Decodes an event that is a struct of its own. The caller has compared the name.
///
/// # Errors
///
/// [`DecodeError`] when the schema version or the payload is not what `E` reads.
pub fn decode_event<E: Event>(recorded: &RecordedEvent) -> Result<E, DecodeError> {
    check_schema_version(recorded, E::SCHEMA_VERSION)?;
    decode(recorded)
}

/// Encodes a variant of a hand-written enum: the content alone, without the variant's Rust name.
///
/// # Errors
///
/// [`EncodeError`] when the payload has no JSON form or a tag's value is no tag.
pub fn encode_variant<T: Serialize>(
    set: &T,
    name: EventName,
    schema_version: SchemaVersion,
    tags: Result<Vec<Tag>, InvalidWord>,
) -> Result<EncodedEvent, EncodeError> {
    finish(name, schema_version, variant::encode(set), tags)
}

/// Decodes the variant with this index in a hand-written enum. The caller has compared the name.
///
/// # Errors
///
/// [`DecodeError`] when the schema version or the payload is not what the variant reads.
pub fn decode_variant<T: DeserializeOwned>(
    recorded: &RecordedEvent,
    index: u32,
    schema_version: SchemaVersion,
) -> Result<T, DecodeError> {
    check_schema_version(recorded, schema_version)?;
    variant::decode(recorded.payload.as_str(), index)
        .map_err(|source| DecodeError::payload(recorded, source))
}

/// The error for an event whose name is in none of these descriptions.
#[must_use]
pub fn unknown_name(recorded: &RecordedEvent, known: &[EventDescription]) -> DecodeError {
    DecodeError::unknown_name(
        recorded,
        known.iter().map(|event| event.name.clone()).collect(),
    )
}

fn decode<T: DeserializeOwned>(recorded: &RecordedEvent) -> Result<T, DecodeError> {
    recorded
        .payload
        .decode()
        .map_err(|source| DecodeError::payload(recorded, source))
}

fn finish(
    name: EventName,
    schema_version: SchemaVersion,
    payload: Result<Payload, InvalidPayload>,
    tags: Result<Vec<Tag>, InvalidWord>,
) -> Result<EncodedEvent, EncodeError> {
    let payload = payload.map_err(|source| EncodeError::Payload {
        name: name.clone(),
        source,
    })?;
    let tags = tags.map_err(|source| EncodeError::Tag {
        name: name.clone(),
        source,
    })?;
    Ok(EncodedEvent::new(name, schema_version, payload, tags))
}

fn check_schema_version(recorded: &RecordedEvent, known: SchemaVersion) -> Result<(), DecodeError> {
    match recorded.schema_version.cmp(&known) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(DecodeError::future(recorded, known)),
        std::cmp::Ordering::Less => Err(DecodeError::past(recorded, known)),
    }
}
