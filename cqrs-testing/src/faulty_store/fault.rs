//! The ways to fail.

use std::time::Duration;

use cqrs_core::ports::error::StoreError;
use cqrs_core::words::event::{EventName, SchemaVersion};
use cqrs_core::words::payload::Payload;

/// How an append fails.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppendFault {
    /// Nothing is done, and the store can't be reached ([`StoreError::Unavailable`]).
    Unavailable,
    /// Nothing is done, for a passing reason ([`StoreError::Retryable`]).
    Retryable,
    /// The append is done, and its reply is lost ([`StoreError::Unavailable`]).
    LoseReply,
    /// Nothing is done before this time has passed. The append succeeds.
    DelayBefore(Duration),
    /// The append is done, and its reply takes this long.
    DelayReply(Duration),
}

/// How the read of a page fails.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadFault {
    /// The store can't be reached ([`StoreError::Unavailable`]).
    Unavailable,
    /// The read takes this long. It succeeds.
    Delay(Duration),
    /// The payload of the page's last event is cut in the middle, and so is no JSON.
    TruncatePayload,
    /// The page's last event has this name, which the program does not know.
    UnknownName(EventName),
    /// The page's last event has this schema version, which newer code has written.
    SchemaVersion(SchemaVersion),
}

/// What is wrong with a snapshot that is found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotFault {
    /// The store can't be reached ([`StoreError::Unavailable`]).
    Unavailable,
    /// Its row can't be read ([`StoreError::Corrupt`]).
    Corrupt,
    /// Its state is cut in the middle, and so is no JSON.
    TruncateState,
    /// Its state has another shape.
    OtherState(Payload),
    /// It is of so many versions later.
    Future(u64),
    /// It is of the same version of another log.
    OtherEvent,
    /// Other code has taken it.
    OtherCode,
}

/// How the store fails to keep a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotWriteFault {
    /// Nothing is done, and the store can't be reached ([`StoreError::Unavailable`]).
    Unavailable,
    /// The snapshot is kept, and the reply is lost ([`StoreError::Unavailable`]).
    LoseReply,
    /// The store takes this long to keep it.
    Delay(Duration),
}

pub(super) fn corrupt() -> StoreError {
    StoreError::Corrupt {
        what: "a snapshot".to_owned(),
        source: "the test wanted it to be unreadable".into(),
    }
}

pub(super) fn unavailable() -> StoreError {
    StoreError::Unavailable("the test wanted the store to fail here".into())
}

pub(super) fn retryable() -> StoreError {
    StoreError::Retryable("the test wanted the store to give up here".into())
}
