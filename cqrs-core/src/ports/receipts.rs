//! The port that remembers what was done for an idempotency key.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::error::StoreError;
use crate::words::idempotency_key::IdempotencyKey;
use crate::words::payload::Payload;
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// Remembers what was done for an idempotency key. Receipts are written by
/// [`AppendEvents`](super::append::AppendEvents), together with the events.
///
/// # Guarantees
///
/// - A7: a receipt is there exactly when its events are, also after a restart.
#[async_trait]
pub trait Receipts: Send + Sync {
    /// The receipt of this key.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn find_receipt(&self, key: &IdempotencyKey)
    -> Result<Option<StoredReceipt>, StoreError>;

    /// Forgets receipts that were recorded before this moment, and says how many. Their keys can be used again then:
    /// choose a moment before which nobody repeats a request any more.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be written.
    async fn forget_receipts(&self, recorded_before: DateTime<Utc>) -> Result<u64, StoreError>;
}

/// A receipt that is recorded with an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReceipt {
    /// What makes two requests the same.
    pub key: IdempotencyKey,
    /// The name of the command.
    pub command: String,
    /// The stream of the aggregate that decided, if it was one.
    pub stream: Option<StreamId>,
    /// The stream's version after the command.
    pub version: StreamVersion,
    /// What the decision had seen. When the append has events, the store puts the position of the last one here.
    pub position: Position,
    /// What the sender got back.
    pub reply: Payload,
}

/// A receipt as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReceipt {
    /// What the first request was answered.
    pub receipt: NewReceipt,
    /// When it was recorded, by the store's clock, in whole microseconds.
    pub recorded_at: DateTime<Utc>,
}
