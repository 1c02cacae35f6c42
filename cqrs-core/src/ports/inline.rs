//! The port through which read models are written in the transaction of an append.

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;

use super::append::{Append, AppendOutcome};
use super::documents::{DocumentWrite, StoredDocument};
use super::error::{AppendError, BoxError, StoreError};
use crate::words::document_key::DocumentKey;
use crate::words::event::{EventName, RecordedEvent};
use crate::words::generation::GenerationId;
use crate::words::position::Position;
use crate::words::processor::ProcessorName;

/// Records events together with the read models that must never be older than they.
///
/// A generation is [inline](super::processors::GenerationState::Inline) or it is not, and at any moment only one side
/// writes it: the appends of its events while it is, and the steps of runners while it is not. So each event is in it
/// exactly once, whoever appends it.
///
/// ### Note: whoever does not know it
/// [`append_batch`](super::append::AppendEvents::append_batch) writes no read models. Before it records an event of an
/// inline generation, that generation [goes behind the log](super::processors::GenerationState::Live): from the end of
/// the log on it is for the runners, until it is made inline again.
///
/// # Guarantees
///
/// Each is a test of the conformance suite, under its number.
///
/// - P1: an append and what its inline read models make of it are recorded together, or not at all; each event is in each
///   of them exactly once, also while they become inline, cease to be, and are replaced.
/// - P4: a rebuild of an inline generation replaces it without a moment in which an append is in neither.
/// - A4, A7: an append that was done before is answered, and written to no read model again.
#[async_trait]
pub trait AppendInline: Send + Sync {
    /// Records `append` as [`append`](super::append::AppendEvents::append) does, and has `read_models` write in the same
    /// transaction, unless the append was done before or is refused.
    ///
    /// The read models are asked after all locks are held and with the events as they will be recorded. They may be
    /// asked again, from the beginning, when the store gave up for a passing reason.
    ///
    /// ### Note: dropping the future
    /// All of it is then recorded, or nothing.
    ///
    /// # Errors
    ///
    /// - [`AppendError::OtherReadModels`]: the inline generations that mean these events are not the ones of `read_models`.
    ///   Look again which there are.
    /// - [`AppendError::ReadModel`]: a read model refused the events. Nothing was recorded.
    /// - Those of [`append`](super::append::AppendEvents::append).
    async fn append_inline(
        &self,
        append: Append,
        read_models: Arc<dyn ReadModels>,
    ) -> Result<AppendOutcome, AppendError>;

    /// Makes a generation that is live or being built inline in one step, if it has seen every event of these names that
    /// is recorded, and has no parked events; says whether it is inline now. What was read before in its place is retired.
    ///
    /// For a moment, a quarter of a second at most, it lets appends of these events wait until the runners have come
    /// through what is left.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be written.
    async fn go_inline(&self, of: &GenerationId, names: &[EventName]) -> Result<bool, StoreError>;

    /// A position that no event recorded up to now exceeds: a read model that has come so far is not older than this call.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn end_of_log(&self) -> Result<Position, StoreError>;
}

/// What is written together with an append.
#[async_trait]
pub trait ReadModels: Send + Sync {
    /// The generations that are written, each once.
    fn generations(&self) -> &[GenerationId];

    /// The documents that the events will be written to, as far as can be told before they are recorded: the store locks
    /// them first. Versions, positions and times of these events are guesses.
    fn documents(&self, events: &[RecordedEvent]) -> Vec<(GenerationId, DocumentKey)>;

    /// Writes what the events mean, which come in the order of their positions.
    ///
    /// # Errors
    ///
    /// [`ReadModelError`]: nothing is recorded then.
    async fn write(
        &self,
        events: &[RecordedEvent],
        transaction: &mut dyn InlineTransaction,
    ) -> Result<(), ReadModelError>;
}

/// The transaction of an append, as read models see it.
#[async_trait]
pub trait InlineTransaction: Send {
    /// The documents of these keys, those that there are, in any order. Nobody else writes to them before the end.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn load_documents(
        &mut self,
        of: &GenerationId,
        keys: &[DocumentKey],
    ) -> Result<Vec<StoredDocument>, StoreError>;

    /// Writes and deletes documents, each key once, in order of the keys.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be written.
    async fn write_documents(
        &mut self,
        of: &GenerationId,
        documents: Vec<DocumentWrite>,
    ) -> Result<(), StoreError>;

    /// The backend's own transaction, in the place of this generation: the type that the backend names in
    /// [`Transactions::Tx`](super::transactions::Transactions::Tx).
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be written, or has no such transactions.
    async fn enter(&mut self, of: &GenerationId) -> Result<&mut (dyn Any + Send), StoreError>;
}

/// A read model could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadModelError {
    /// The read model's own code failed, or can't read what is there.
    #[error("read model {processor} failed")]
    Failed {
        /// Which one.
        processor: ProcessorName,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
