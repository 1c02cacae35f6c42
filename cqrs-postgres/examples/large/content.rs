//! The events of a large log.

use cqrs_core::ports::import::ImportEvent;
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::stream::{Category, StreamId, StreamKey};
use cqrs_core::words::tag::Tag;
use cqrs_core::words::version::StreamVersion;

/// Events of a stream.
pub(crate) const LENGTH: u64 = 20;

/// Streams that grow at the same time.
const OPEN: u64 = 1_000;

/// A name that one event in a thousand has, all over the log.
pub(crate) const RARE: EventName = EventName::from_static("account.closed");

const NAMES: [EventName; 4] = [
    EventName::from_static("account.deposited"),
    EventName::from_static("account.withdrawn"),
    EventName::from_static("account.renamed"),
    EventName::from_static("account.checked"),
];

/// Which stream the event with this number is in, and where: a thousand streams grow in turn, then the next thousand.
fn place(number: u64) -> (u64, u64) {
    let (block, inside) = (number / (OPEN * LENGTH), number % (OPEN * LENGTH));
    (block * OPEN + inside % OPEN, inside / OPEN + 1)
}

/// How many streams a log of so many events has, all of them complete.
pub(crate) const fn streams(events: u64) -> u64 {
    events / (OPEN * LENGTH) * OPEN
}

pub(crate) fn stream(number: u64) -> anyhow::Result<StreamId> {
    let category = if number.is_multiple_of(10) {
        "order"
    } else {
        "account"
    };
    // Keys look like those of real logs: spread, and of the length of a UUID.
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let key = format!("{spread:016x}-0000-4000-8000-{number:012x}");
    Ok(StreamId::new(
        Category::new(category)?,
        StreamKey::new(key)?,
    ))
}

/// One event in ten has a tag of its customer.
pub(crate) fn tag(customer: u64) -> anyhow::Result<Tag> {
    Ok(Tag::of("customer", format!("{customer}"))?)
}

pub(crate) const CUSTOMERS: u64 = 100_000;

pub(crate) fn event(number: u64) -> anyhow::Result<NewEvent> {
    let name = if number.is_multiple_of(1_000) {
        RARE
    } else {
        NAMES[usize::try_from(number % 4)?].clone()
    };
    let text = format!(
        r#"{{"amount":{},"currency":"EUR","reference":"{number:020}","by":"somebody@example.org"}}"#,
        number % 10_000
    );
    let event = NewEvent::new(name, Payload::from_store(text));
    Ok(match number % 10 {
        3 => event.with_tags([tag(number / 10 % CUSTOMERS)?]),
        _ => event,
    })
}

pub(crate) fn import(number: u64) -> anyhow::Result<ImportEvent> {
    let (in_stream, version) = place(number);
    let version = StreamVersion::new(version)?;
    Ok(ImportEvent::new(
        stream(in_stream)?,
        version,
        event(number)?,
    ))
}
