//! A recorded event as a line of JSON, and back: the same event, byte for byte.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::words::event::{EventId, EventName, NewEvent, RecordedEvent, SchemaVersion};
use crate::words::metadata::Metadata;
use crate::words::payload::Payload;
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::tag::Tag;
use crate::words::version::StreamVersion;

/// The version of the format that this code writes and reads.
pub const FORMAT: u32 = 1;

/// One line of an exported log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Line {
    /// The first line: which version of the format it is.
    Begin {
        /// [`FORMAT`], unless another release has written it.
        format: u32,
    },
    /// An event.
    Event(Box<RecordedEvent>),
    /// The last line: a log without it was cut off.
    End {
        /// How many events there are.
        events: u64,
        /// The position of the last one; [`Position::START`] without events.
        position: Position,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    cqrs_log: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    end: EndOf,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndOf {
    events: u64,
    position: Position,
}

/// An event. The order of the fields is that of the line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventLine<'a> {
    position: Position,
    stream: StreamId,
    version: StreamVersion,
    event_id: EventId,
    name: EventName,
    schema_version: SchemaVersion,
    #[serde(serialize_with = "in_microseconds")]
    recorded_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
    #[serde(default, skip_serializing_if = "is_empty")]
    metadata: Cow<'a, Metadata>,
    /// The payload, where it can stand in a line as it is.
    #[serde(
        borrow,
        default,
        deserialize_with = "also_null",
        skip_serializing_if = "Option::is_none"
    )]
    payload: Option<&'a RawValue>,
    /// The text of the payload, where it has line breaks, or is damaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload_text: Option<String>,
}

impl Line {
    /// Adds the line, and its line break.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`]: none is known to happen.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        match self {
            Self::Begin { format } => {
                serde_json::to_writer(&mut *out, &Begin { cqrs_log: *format })
            }
            Self::Event(event) => write_event(event, out),
            Self::End { events, position } => {
                let (events, position) = (*events, *position);
                let end = EndOf { events, position };
                serde_json::to_writer(&mut *out, &End { end })
            }
        }?;
        out.push(b'\n');
        Ok(())
    }

    /// Reads a line, with or without its line break.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`] says what is no line of a log, with the column.
    pub fn read(line: &str) -> Result<Self, serde_json::Error> {
        // The first field says which kind of line it is.
        let start = line.trim_start();
        if start.starts_with(r#"{"cqrs_log""#) {
            let Begin { cqrs_log } = serde_json::from_str(line)?;
            return Ok(Self::Begin { format: cqrs_log });
        }
        if start.starts_with(r#"{"end""#) {
            let EndOf { events, position } = serde_json::from_str::<End>(line)?.end;
            return Ok(Self::End { events, position });
        }
        let event: EventLine<'_> = serde_json::from_str(line)?;
        let payload = match (event.payload, event.payload_text) {
            (Some(raw), None) => Payload::from_store(raw.get()),
            (None, Some(text)) => Payload::from_store(text),
            _ => {
                return Err(serde::de::Error::custom(
                    "an event has either `payload` or `payload_text`",
                ));
            }
        };
        let new = NewEvent::identified(event.event_id, event.name, payload)
            .with_schema_version(event.schema_version)
            .with_metadata(event.metadata.into_owned())
            .with_tags(event.tags);
        let recorded = new.recorded(
            event.stream,
            event.version,
            event.position,
            event.recorded_at,
        );
        Ok(Self::Event(Box::new(recorded)))
    }
}

/// Adds the line of an event, without its line break.
fn write_event(event: &RecordedEvent, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let text = event.payload.as_str();
    let payload = as_it_is(text);
    let line = EventLine {
        position: event.position,
        stream: event.stream.clone(),
        version: event.version,
        event_id: event.event_id,
        name: event.name.clone(),
        schema_version: event.schema_version,
        recorded_at: event.recorded_at,
        tags: event.tags.clone(),
        metadata: Cow::Borrowed(&event.metadata),
        payload,
        payload_text: payload.is_none().then(|| text.to_owned()),
    };
    serde_json::to_writer(out, &line)
}

/// The text as a value inside of a line, if that gives back each of its bytes.
fn as_it_is(text: &str) -> Option<&RawValue> {
    if text.contains(['\n', '\r']) {
        return None;
    }
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    // White space around it would be lost.
    (raw.get().len() == text.len()).then_some(raw)
}

pub(super) fn is_empty(metadata: &Metadata) -> bool {
    *metadata == Metadata::default()
}

/// A payload may be `null`, which is not the same as none.
fn also_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

/// Always with six digits: the time that a store keeps.
pub(super) fn in_microseconds<S: Serializer>(
    time: &DateTime<Utc>,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Micros, true))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::{FORMAT, Line};
    use crate::words::event::{EventId, EventName, NewEvent, RecordedEvent, SchemaVersion};
    use crate::words::metadata::Metadata;
    use crate::words::payload::Payload;
    use crate::words::position::Position;
    use crate::words::tag::Tag;
    use crate::words::version::StreamVersion;

    fn event(payload: &str) -> RecordedEvent {
        let name = EventName::from_static("jar.put");
        let id = EventId::from(uuid::Uuid::from_u128(7));
        let metadata = Metadata::new().with("user", "ada\n\u{0}").unwrap();
        NewEvent::identified(id, name, Payload::from_store(payload))
            .with_schema_version(SchemaVersion::from_static(2))
            .with_metadata(metadata)
            .with_tags([Tag::of("b", "2").unwrap(), Tag::of("a", "1").unwrap()])
            .recorded(
                "jar-ä/1".parse().unwrap(),
                StreamVersion::new(3).unwrap(),
                Position::new(9).unwrap(),
                DateTime::from_timestamp_micros(1_700_000_000_000_100).unwrap(),
            )
    }

    #[test]
    fn an_event_is_one_line_that_people_can_read() {
        let mut line = Vec::new();
        Line::Event(event(r#"{"coins":1}"#).into())
            .write(&mut line)
            .unwrap();
        let expected = r#"{"position":9,"stream":"jar-ä/1","version":3,"event_id":"00000000-0000-0000-0000-000000000007","name":"jar.put","schema_version":2,"recorded_at":"2023-11-14T22:13:20.000100Z","tags":["a:1","b:2"],"metadata":{"entries":{"user":"ada\n\u0000"}},"payload":{"coins":1}}"#;
        assert_eq!(String::from_utf8(line).unwrap(), format!("{expected}\n"));
    }

    #[test]
    fn every_payload_comes_back_byte_for_byte() {
        let deep = "[".repeat(127) + &"]".repeat(127);
        for payload in [
            "{}",
            "  {\"a\" :1 } ",
            "1\n",
            "{\n  \"pretty\": true\r\n}",
            "\"\\u0000 \\ud800 \\/ ü \u{2028}\"",
            "1e400",
            "1.0",
            "-0",
            "123456789012345678901234567890.10",
            "{\"a\":1,\"a\":2}",
            "null",
            "{\"damaged\":",
            "",
            " ",
            deep.as_str(),
        ] {
            let mut line = Vec::new();
            let event = event(payload);
            Line::Event(event.clone().into()).write(&mut line).unwrap();
            assert_eq!(
                line.iter().position(|byte| *byte == b'\n'),
                Some(line.len() - 1)
            );
            let read = Line::read(std::str::from_utf8(&line).unwrap()).unwrap();
            assert_eq!(read, Line::Event(event.into()), "{payload:?}");
            let mut again = Vec::new();
            read.write(&mut again).unwrap();
            assert_eq!(again, line);
        }
    }

    #[test]
    fn begin_and_end_come_back() {
        for line in [
            Line::Begin { format: FORMAT },
            Line::End {
                events: 3,
                position: Position::MAX,
            },
        ] {
            let mut written = Vec::new();
            line.write(&mut written).unwrap();
            let text = std::str::from_utf8(&written).unwrap();
            assert_eq!(Line::read(text).unwrap(), line);
        }
    }

    #[test]
    fn what_is_no_line_of_a_log_is_refused() {
        for text in [
            "",
            "{}",
            "[1]",
            "{\"cqrs_log\":\"one\"}",
            "{\"end\":{}}",
            "\u{feff}{\"cqrs_log\":1}",
            r#"{"position":1,"stream":"jar","version":1,"event_id":"00000000-0000-0000-0000-000000000007","name":"a","schema_version":1,"recorded_at":"2023-11-14T22:13:20Z","payload":1}"#,
            r#"{"position":1,"stream":"jar-1","version":1,"event_id":"00000000-0000-0000-0000-000000000007","name":"a","schema_version":1,"recorded_at":"2023-11-14T22:13:20Z"}"#,
            r#"{"position":1,"stream":"jar-1","version":1,"event_id":"00000000-0000-0000-0000-000000000007","name":"a","schema_version":1,"recorded_at":"2023-11-14T22:13:20Z","payload":1,"payload_text":"1"}"#,
            r#"{"position":1,"stream":"jar-1","version":1,"event_id":"00000000-0000-0000-0000-000000000007","name":"a","schema_version":1,"recorded_at":"2023-11-14T22:13:20Z","payload":1,"more":1}"#,
        ] {
            assert!(Line::read(text).is_err(), "{text}");
        }
    }
}
