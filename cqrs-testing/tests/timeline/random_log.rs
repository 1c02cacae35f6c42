//! A random log: streams in turns, positions with gaps, times that go back and forth, payloads of all kinds.

use chrono::DateTime;
use cqrs_core::ports::import::ImportEvent;
use cqrs_core::words::error::InvalidWord;
use cqrs_core::words::event::{EventId, EventName, NewEvent, SchemaVersion};
use cqrs_core::words::metadata::{CausationId, CorrelationId, Metadata};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::StreamId;
use cqrs_core::words::tag::Tag;
use cqrs_core::words::version::StreamVersion;
use fastrand::Rng;
use uuid::Uuid;

const PAYLOADS: [&str; 14] = [
    "{}",
    r#"{"coins":1}"#,
    "  {\"spaced\" : [ 1 , 2 ] }  ",
    "{\n  \"pretty\": true\r\n}\n",
    "\"a \\u0000 null, \\ud83d\\ude00, \\/ and ü \u{2028}\"",
    "1e300",
    "-0",
    "-0.0",
    "123456789012345678901234567890.10",
    r#"{"twice":1,"twice":2}"#,
    "null",
    "[]",
    "true",
    "\"\"",
];

const KEYS: [&str; 6] = ["1", "2", "a-b", "ä/ö", "日本", "%_'\"\\"];

/// So many events, each of which any store takes.
pub(crate) fn random_log(seed: u64, events: u64) -> Result<Vec<ImportEvent>, InvalidWord> {
    let mut rng = Rng::with_seed(seed);
    let mut versions = std::collections::HashMap::<StreamId, StreamVersion>::new();
    let mut position = rng.u64(1..1_000);
    let mut log = Vec::new();
    for _ in 0..events {
        let stream = format!("jar-{}", KEYS[rng.usize(..KEYS.len())]).parse::<StreamId>()?;
        let version = versions.entry(stream.clone()).or_default();
        *version = version.after(1);
        let micros = 1_700_000_000_000_000 + rng.i64(0..10_000_000_000);
        let time = DateTime::from_timestamp_micros(micros).unwrap_or_default();
        let event = random_event(&mut rng)?;
        let import = ImportEvent::new(stream, *version, event)
            .at(Position::new(position)?)
            .recorded_at(time);
        log.push(import);
        position += if rng.u8(..4) == 0 {
            rng.u64(1..10_000)
        } else {
            1
        };
    }
    Ok(log)
}

fn random_event(rng: &mut Rng) -> Result<NewEvent, InvalidWord> {
    let name = EventName::new(["jar.put", "jar.taken", "x", "A_b-c.d"][rng.usize(..4)])?;
    let payload = Payload::from_store(PAYLOADS[rng.usize(..PAYLOADS.len())]);
    let mut metadata = Metadata::new();
    if rng.bool() {
        metadata.correlation_id = Some(CorrelationId::from(Uuid::from_u128(rng.u128(..))));
    }
    if rng.bool() {
        metadata.causation_id = Some(CausationId::from(Uuid::from_u128(rng.u128(..))));
    }
    for key in ["user", "a\"b", "{}"] {
        if rng.u8(..3) == 0 {
            metadata.insert(key, ["", "ada", "\n\t\"ü\""][rng.usize(..3)])?;
        }
    }
    let mut tags = Vec::new();
    for tag in ["owner:ada", "日本", "\"quoted\""] {
        if rng.u8(..3) == 0 {
            tags.push(Tag::new(tag)?);
        }
    }
    let id = EventId::from(Uuid::from_u128(rng.u128(..)));
    let version = SchemaVersion::new(rng.u32(1..4))?;
    let event = NewEvent::identified(id, name, payload).with_schema_version(version);
    Ok(event.with_metadata(metadata).with_tags(tags))
}
