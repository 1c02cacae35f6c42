//! How a store fails.

use crate::words::event::{EventId, RecordedEvent};
use crate::words::idempotency_key::IdempotencyKey;
use crate::words::position::Position;
use crate::words::processor::ProcessorName;
use crate::words::stream::StreamId;
use crate::words::version::VersionConflict;

use super::limits::LimitExceeded;

/// An error of another library, boxed.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// The store could not do what was asked. It says nothing about the domain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store can't be reached, or the connection was lost on the way: the outcome is unknown. Asking again is safe.
    #[error("the store can't be reached, or the connection was lost: try again")]
    Unavailable(#[source] BoxError),
    /// The store gave up for a passing reason, a deadlock for instance: nothing was done. Asking again is safe.
    #[error("the store gave up for a passing reason: try again")]
    Retryable(#[source] BoxError),
    /// The store holds something that no event can be: it was changed from outside, or written by another program.
    #[error("the store holds something that is no event: {what}")]
    Corrupt {
        /// What and where.
        what: String,
        /// The rule that it breaks.
        #[source]
        source: BoxError,
    },
    /// Anything else: a missing table, a permission, a full disk. Asking again will not help by itself.
    #[error("the store failed")]
    Other(#[source] BoxError),
}

impl StoreError {
    /// An [`StoreError::Other`] from an error or a text.
    pub fn other(source: impl Into<BoxError>) -> Self {
        Self::Other(source.into())
    }

    /// Whether asking again later may help.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Retryable(_))
    }
}

/// An append that recorded nothing, or whose outcome is unknown ([`StoreError::Unavailable`]).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// A stream is not where the append expected it.
    #[error("{conflict}")]
    Conflict {
        /// Where it is, and where it was expected.
        conflict: VersionConflict,
        /// What others have recorded there since the expected version, as far as the store says it in the same call: in
        /// the order of the versions, from the one after the expected one, without gaps. All of it, the first part of
        /// it, or nothing; at most [`MOST_IN_TAIL`](Self::MOST_IN_TAIL) events.
        tail: Vec<RecordedEvent>,
    },
    /// A matching event was recorded after the condition's position.
    #[error(
        "an event at position {position} fails the append condition: read again and decide again"
    )]
    ConditionFailed {
        /// The position of one such event.
        position: Position,
    },
    /// An event id is recorded already, with other content, elsewhere, or under another expectation.
    #[error(
        "event id {event_id} is recorded already, and not by this append: give new events new ids"
    )]
    EventIdReused {
        /// The id.
        event_id: EventId,
    },
    /// A read model that is written with each append refused the events. Nothing was recorded.
    #[error(
        "read model {processor}, which is written together with these events, failed: nothing was recorded"
    )]
    ReadModel {
        /// Which one.
        processor: ProcessorName,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// The read models that have to be written together with the events are others. Nothing was recorded.
    #[error(
        "the read models that are written together with these events are others by now: look again which there are"
    )]
    OtherReadModels,
    /// The append makes no sense by itself.
    #[error(transparent)]
    Invalid(#[from] InvalidAppend),
    /// The append is larger than the store is configured to take.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AppendError {
    /// How many events the tail of a conflict has at most. Whoever needs more reads the stream.
    pub const MOST_IN_TAIL: usize = 100;
}

impl From<VersionConflict> for AppendError {
    fn from(conflict: VersionConflict) -> Self {
        Self::Conflict {
            conflict,
            tail: Vec::new(),
        }
    }
}

/// An append that makes no sense by itself. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAppend {
    /// It has neither events nor a receipt.
    #[error("the append has neither events nor a receipt")]
    Empty,
    /// It names a stream and has no events for it.
    #[error("the append has no events for stream {stream}")]
    NoEvents {
        /// The stream.
        stream: StreamId,
    },
    /// It names a stream twice.
    #[error("the append names stream {stream} twice: put its events together")]
    StreamTwice {
        /// The stream.
        stream: StreamId,
    },
    /// It has two receipts with one key.
    #[error("the append has idempotency key {key} twice")]
    KeyTwice {
        /// The key.
        key: IdempotencyKey,
    },
    /// It has the same event id twice.
    #[error("the append has event id {event_id} twice")]
    EventIdTwice {
        /// The id.
        event_id: EventId,
    },
}
