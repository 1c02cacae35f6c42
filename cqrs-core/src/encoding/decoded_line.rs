//! A decoded event as a line of JSON: for people and other programs, not for imports.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::value::RawValue;

use super::event::EncodedEvent;
use super::line::{in_microseconds, is_empty};
use crate::words::event::{EventId, EventName, RecordedEvent, SchemaVersion};
use crate::words::metadata::Metadata;
use crate::words::part::Part;
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::tag::Tag;
use crate::words::version::StreamVersion;

/// The version of the format that this code writes.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Begin {
    cqrs_decoded_log: u32,
}

/// The order of the fields is that of the line.
#[derive(Serialize)]
struct DecodedLine<'a> {
    position: Position,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of_parts: Option<u32>,
    stream: &'a StreamId,
    version: StreamVersion,
    event_id: EventId,
    name: &'a EventName,
    schema_version: SchemaVersion,
    #[serde(serialize_with = "in_microseconds")]
    recorded_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [Tag],
    #[serde(skip_serializing_if = "is_empty")]
    metadata: &'a Metadata,
    payload: &'a RawValue,
}

/// Adds the first line: no import takes it for the beginning of a log.
pub(crate) fn write_begin(out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    serde_json::to_writer(
        &mut *out,
        &Begin {
            cqrs_decoded_log: FORMAT,
        },
    )?;
    out.push(b'\n');
    Ok(())
}

/// Adds the line of one part of a recorded event, in the shape of today: the place, the time and the tags are those that are
/// recorded.
pub(crate) fn write_event(
    recorded: &RecordedEvent,
    part: Part,
    event: &EncodedEvent,
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    let is_several = !part.is_whole();
    let line = DecodedLine {
        position: recorded.position,
        part: is_several.then_some(part.number()),
        of_parts: is_several.then_some(part.of()),
        stream: &recorded.stream,
        version: recorded.version,
        event_id: recorded.event_id,
        name: &event.name,
        schema_version: event.schema_version,
        recorded_at: recorded.recorded_at,
        tags: &recorded.tags,
        metadata: &recorded.metadata,
        payload: serde_json::from_str(event.payload.as_str())?,
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.push(b'\n');
    Ok(())
}
