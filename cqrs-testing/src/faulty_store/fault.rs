//! The ways to fail.

use std::time::Duration;

use cqrs_core::ports::error::StoreError;
use cqrs_core::words::event::{EventName, SchemaVersion};

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

pub(super) fn unavailable() -> StoreError {
    StoreError::Unavailable("the test wanted the store to fail here".into())
}

pub(super) fn retryable() -> StoreError {
    StoreError::Retryable("the test wanted the store to give up here".into())
}
