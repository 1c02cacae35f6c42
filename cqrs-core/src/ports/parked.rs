//! The port that knows the parked events: those that failed, and those that wait behind them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::error::StoreError;
use crate::words::document_key::DocumentKey;
use crate::words::generation::GenerationId;
use crate::words::partition::Partition;
use crate::words::position::Position;

/// Knows the parked events. They are pointers into the log: generation, key and position. They are parked and un-parked by
/// [`AdvanceProcessors`](super::advance::AdvanceProcessors), by the owner of the key's partition alone.
///
/// # Guarantees
///
/// - P3: while a key has a parked event, its later events are parked behind it, and other keys go on.
#[async_trait]
pub trait ParkedEvents: Send + Sync {
    /// The keys of these partitions that have parked events, each with its first one.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn blocked_keys(
        &self,
        of: &GenerationId,
        partitions: &[Partition],
    ) -> Result<Vec<BlockedKey>, StoreError>;

    /// A page of parked events by rising position, and by key where the position is the same.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn list_parked(&self, request: ListParked) -> Result<Vec<ParkedEvent>, StoreError>;

    /// Asks the owner of a key, or of every key that has parked events, to replay them or to discard the first; says how
    /// many keys are asked for. The request is kept with the first parked event of the key, in place of an earlier one.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be written.
    async fn ask(
        &self,
        of: &GenerationId,
        key: Option<&DocumentKey>,
        request: ParkedRequest,
    ) -> Result<u64, StoreError>;
}

/// What can be asked for the parked events of a key. Kept as the text of [`as_str`](ParkedRequest::as_str).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParkedRequest {
    /// Deliver them again with today's code, in order.
    Replay,
    /// Forget the first, and deliver those behind it.
    Discard,
}

impl ParkedRequest {
    /// The name of the request.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::Discard => "discard",
        }
    }

    /// The request of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Replay, Self::Discard]
            .into_iter()
            .find(|request| request.as_str() == name)
    }
}

/// An event to park.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkEvent {
    /// The partition of the key.
    pub partition: Partition,
    /// Under which key.
    pub key: DocumentKey,
    /// Which event.
    pub position: Position,
    /// How it failed; `None` when it only waits behind another one.
    pub failure: Option<ParkedFailure>,
}

/// How a parked event failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedFailure {
    /// How often it was tried.
    pub attempts: u32,
    /// The last error, with all its causes, as text; at most 4,000 bytes and without `\0`.
    pub error: String,
    /// When it is tried again by itself, by the application's clock; `None` when somebody has to ask for it.
    pub retry_at: Option<DateTime<Utc>>,
}

/// A parked event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedEvent {
    /// What is parked, and why.
    pub event: ParkEvent,
    /// When it was parked first, by the store's clock.
    pub parked_at: DateTime<Utc>,
    /// What somebody has asked for.
    pub request: Option<ParkedRequest>,
}

/// A key that has parked events: the first of them.
pub type BlockedKey = ParkedEvent;

/// Which parked events to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListParked {
    /// The generation.
    pub of: GenerationId,
    /// Only those of this key.
    pub key: Option<DocumentKey>,
    /// Only those after this one.
    pub after: Option<(Position, DocumentKey)>,
    /// The most of them, at least 1. A store may return fewer, but not none when there are some.
    pub limit: usize,
}
