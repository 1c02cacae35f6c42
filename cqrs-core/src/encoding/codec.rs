//! The JSON codec: what the derive macros call.

use std::cmp::Ordering;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{DecodeError, EncodeError};
use super::event::{EncodedEvent, Event, EventSet};
use super::parts::Parts;
use super::registry::EventDescription;
use super::stored::StoredEvent;
use super::upcast::Upcaster;
use super::{upcast, variant};
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

/// Whether an event of this name is read as `E`.
#[must_use]
pub fn is_called<E: Event>(name: &EventName) -> bool {
    *name == E::NAME || E::ALIASES.contains(name)
}

/// Encodes an event in the shape of the previous version, which older nodes read. They must lose nothing by it: what comes
/// back has to be the same event.
///
/// # Errors
///
/// [`EncodeError`] as [`encode_event`], or when the previous version can't say all that the event says.
pub fn encode_previous<E: Event + From<P>, P: Event>(
    event: &E,
    previous: P,
) -> Result<EncodedEvent, EncodeError> {
    let encoded = finish(
        P::NAME,
        P::SCHEMA_VERSION,
        Payload::encode(&previous),
        event.tags(),
    )?;
    let back = E::from(previous);
    let is_same = match (serde_json::to_value(event), serde_json::to_value(back)) {
        (Ok(event), Ok(back)) => event == back,
        _ => false,
    };
    if is_same {
        Ok(encoded)
    } else {
        Err(EncodeError::Previous {
            name: E::NAME,
            version: E::SCHEMA_VERSION,
            previous: P::SCHEMA_VERSION,
        })
    }
}

/// Whether each of these names is among the others. For the derive macros, in a `const`.
#[must_use]
pub const fn are_all_among(names: &[EventName], others: &[EventName]) -> bool {
    let mut index = 0;
    while index < names.len() {
        if !names[index].is_one_of(others) {
            return false;
        }
        index += 1;
    }
    true
}

/// Whether a name of one of these lists is in one of the others. For the derive macros, in a `const`.
#[must_use]
pub const fn are_any_among(lists: &[&[EventName]], others: &[&[EventName]]) -> bool {
    let mut list = 0;
    while list < lists.len() {
        let mut name = 0;
        while name < lists[list].len() {
            let mut other = 0;
            while other < others.len() {
                if lists[list][name].is_one_of(others[other]) {
                    return true;
                }
                other += 1;
            }
            name += 1;
        }
        list += 1;
    }
    false
}

/// Whether one of these upcasters reads this version under one of these names. For the derive macros, in a `const`.
#[must_use]
pub const fn reads_version(upcasters: &[Upcaster], names: &[EventName], version: u32) -> bool {
    let mut index = 0;
    while index < upcasters.len() {
        let upcaster = &upcasters[index];
        if upcaster.version().get() == version && upcaster.name().is_one_of(names) {
            return true;
        }
        index += 1;
    }
    false
}

/// Decodes an event that is a struct of its own. The caller has compared the name.
///
/// # Errors
///
/// [`DecodeError`] when the schema version or the payload is not what `E` reads.
pub fn decode_event<E: Event>(stored: StoredEvent<'_>) -> Result<E, DecodeError> {
    match stored.schema_version.cmp(&E::SCHEMA_VERSION) {
        Ordering::Equal => serde_json::from_str(stored.payload)
            .map_err(|source| DecodeError::payload(stored, source)),
        Ordering::Greater => Err(DecodeError::future(stored, E::SCHEMA_VERSION)),
        Ordering::Less => E::decode_older(stored),
    }
}

/// Decodes a recorded event with all its parts; `unknown` says what becomes of one that is not in the set.
pub(super) fn decode_set<S: EventSet>(
    recorded: &RecordedEvent,
    mut unknown: impl FnMut(StoredEvent<'_>) -> Result<(), DecodeError>,
) -> Result<Parts<S>, DecodeError> {
    // Known to the compiler: a set without upcasters does not even look for one.
    if const { EventDescription::any_upcasters(S::EVENTS) }
        && let Some(parts) = upcast::run::<S>(recorded, &mut unknown)
    {
        return parts;
    }
    match S::decode_one(recorded.into())? {
        Some(event) => Ok(Parts::one(event)),
        None => unknown(recorded.into()).map(|()| Parts::none()),
    }
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
    stored: StoredEvent<'_>,
    index: u32,
    schema_version: SchemaVersion,
    older: impl FnOnce(StoredEvent<'_>) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    match stored.schema_version.cmp(&schema_version) {
        Ordering::Equal => variant::decode(stored.payload, index)
            .map_err(|source| DecodeError::payload(stored, source)),
        Ordering::Greater => Err(DecodeError::future(stored, schema_version)),
        Ordering::Less => older(stored),
    }
}

/// The error for an event that is older than anything that the code reads.
///
/// # Errors
///
/// Always.
pub fn too_old<T>(stored: StoredEvent<'_>, oldest: SchemaVersion) -> Result<T, DecodeError> {
    Err(DecodeError::past(stored, oldest))
}

/// The error for an event whose name is in none of these descriptions.
#[must_use]
pub fn unknown_name(stored: StoredEvent<'_>, known: &[EventDescription]) -> DecodeError {
    let known = known.iter().map(|event| event.name.clone());
    DecodeError::unknown_name(stored, known.collect())
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
