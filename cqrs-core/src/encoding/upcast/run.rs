//! Runs upcasters until nothing is left to upcast.

use std::collections::VecDeque;

use super::{EventJson, OldEvent, Upcaster};
use crate::encoding::error::DecodeError;
use crate::encoding::event::EventSet;
use crate::encoding::parts::Parts;
use crate::encoding::stored::{Source, StoredEvent};
use crate::words::event::{EventName, RecordedEvent, SchemaVersion};
use crate::words::part::Part;

/// How many times upcasters run for one recorded event before it is said that they run in a circle.
const MOST: usize = 1_000;

/// Reads an event through the upcasters of a set. `None` when there is none for it.
pub(in crate::encoding) fn run<S: EventSet>(
    recorded: &RecordedEvent,
    mut unknown: impl FnMut(StoredEvent<'_>) -> Result<(), DecodeError>,
) -> Option<Result<Parts<S>, DecodeError>> {
    let first = of::<S>(&recorded.name, recorded.schema_version)?;
    Some(leaves::<S>(recorded, first).and_then(|leaves| {
        let of = u32::try_from(leaves.len()).unwrap_or(u32::MAX);
        let mut parts = Vec::with_capacity(leaves.len());
        for (json, part) in leaves
            .iter()
            .zip((1..).map_while(|number| Part::new(number, of)))
        {
            let payload = json.payload.to_string();
            let stored = StoredEvent {
                name: &json.name,
                schema_version: json.schema_version,
                payload: &payload,
                source: Source::Recorded(recorded),
            };
            match S::decode_one(stored)? {
                Some(event) => parts.push((part, event)),
                None => unknown(stored)?,
            }
        }
        Ok(Parts::several(parts))
    }))
}

/// The upcaster of a set for events of this name and version.
fn of<S: EventSet>(name: &EventName, version: SchemaVersion) -> Option<&'static Upcaster> {
    let upcasters = S::EVENTS.iter().flat_map(|event| event.upcasters);
    let mut upcasters = upcasters.filter(|upcaster| upcaster.version == version);
    upcasters.find(|upcaster| upcaster.name == *name)
}

/// What no upcaster has anything to say about, in order.
fn leaves<S: EventSet>(
    recorded: &RecordedEvent,
    first: &Upcaster,
) -> Result<Vec<EventJson>, DecodeError> {
    let payload = recorded.payload.decode();
    let payload = payload.map_err(|source| DecodeError::payload(recorded.into(), source))?;
    let json = EventJson::new(recorded.name.clone(), recorded.schema_version, payload);
    let mut left = VecDeque::from(apply(first, json, recorded)?);
    let mut leaves = Vec::with_capacity(left.len());
    let mut runs = 1;
    while let Some(json) = left.pop_front() {
        let Some(upcaster) = of::<S>(&json.name, json.schema_version) else {
            leaves.push(json);
            continue;
        };
        runs += 1;
        if runs > MOST {
            let why = "upcasters lead back to what they began with";
            return Err(DecodeError::upcast(recorded, upcaster.version, why.into()));
        }
        for json in apply(upcaster, json, recorded)?.into_iter().rev() {
            left.push_front(json);
        }
    }
    Ok(leaves)
}

fn apply(
    upcaster: &Upcaster,
    json: EventJson,
    recorded: &RecordedEvent,
) -> Result<Vec<EventJson>, DecodeError> {
    (upcaster.upcast)(&mut OldEvent::new(json, recorded))
        .map_err(|source| DecodeError::upcast(recorded, upcaster.version, source))
}
