//! What the tests append.

use cqrs_core::ports::append::Append;
use cqrs_core::ports::receipts::NewReceipt;
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::idempotency_key::IdempotencyKey;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::{Category, StreamId, StreamKey};
use cqrs_core::words::tag::Tag;
use cqrs_core::words::version::{ExpectedVersion, StreamVersion};

pub(super) const ANY: ExpectedVersion = ExpectedVersion::Any;
pub(super) const NO_STREAM: ExpectedVersion = ExpectedVersion::NoStream;

/// The stream of an account.
pub(super) fn account(key: impl std::fmt::Display) -> StreamId {
    stream("account", key)
}

pub(super) fn stream(category: &'static str, key: impl std::fmt::Display) -> StreamId {
    let key = StreamKey::new(key.to_string()).expect("the key of a sample is valid");
    StreamId::new(Category::from_static(category), key)
}

pub(super) fn payload(json: &str) -> Payload {
    Payload::from_json(json).expect("the payload of a sample is JSON")
}

/// An event of this name that says nothing else.
pub(super) fn named(name: &'static str) -> NewEvent {
    NewEvent::new(EventName::from_static(name), payload("{}"))
}

/// An event that carries a number.
pub(super) fn numbered(number: usize) -> NewEvent {
    let json = format!(r#"{{"number":{number}}}"#);
    NewEvent::new(EventName::from_static("account.deposited"), payload(&json))
}

/// So many events, each with a number.
pub(super) fn some(events: usize) -> Vec<NewEvent> {
    (1..=events).map(numbered).collect()
}

pub(super) fn tag(text: &str) -> Tag {
    Tag::new(text).expect("the tag of a sample is valid")
}

pub(super) fn version(number: u64) -> StreamVersion {
    StreamVersion::new(number).expect("the version of a sample is valid")
}

pub(super) fn exact(number: u64) -> ExpectedVersion {
    ExpectedVersion::Exact(version(number))
}

pub(super) fn key(text: impl std::fmt::Display) -> IdempotencyKey {
    IdempotencyKey::new(text.to_string()).expect("the key of a sample is valid")
}

/// A receipt for this key whose reply is this number.
pub(super) fn receipt(key_text: impl std::fmt::Display, reply: usize) -> NewReceipt {
    NewReceipt {
        key: key(key_text),
        command: "Deposit".into(),
        stream: Some(account("1")),
        version: version(7),
        position: Position::START,
        reply: payload(&reply.to_string()),
    }
}

/// One numbered event for a stream.
pub(super) fn one(stream: &StreamId, expected: ExpectedVersion, number: usize) -> Append {
    Append::to(stream.clone(), expected, vec![numbered(number)])
}
