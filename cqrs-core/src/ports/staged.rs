//! The port that knows the staged commands and timers: what process managers and event handlers want to be sent.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::error::StoreError;
use super::parked::ParkedRequest;
use crate::words::document_key::DocumentKey;
use crate::words::generation::GenerationId;
use crate::words::metadata::Metadata;
use crate::words::partition::Partition;
use crate::words::payload::Payload;
use crate::words::position::Position;
use crate::words::processor::TimerName;
use crate::words::staged::StagedId;

/// Knows the staged commands. They are staged and forgotten by
/// [`AdvanceProcessors`](super::advance::AdvanceProcessors).
///
/// # Guarantees
///
/// - P6: what is staged is there exactly when the state that staged it is, until it was sent.
#[async_trait]
pub trait StagedCommands: Send + Sync {
    /// The commands of these partitions that are due and not parked: by rising `due_at`, then `position`, then `number`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn due_commands(&self, request: DueCommands) -> Result<DuePage, StoreError>;

    /// A page of the commands that could not be sent, which are those with attempts: parked ones, and those that are tried
    /// again later. By rising position, and by id where the position is the same.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn list_unsent(&self, request: ListUnsent) -> Result<Vec<StagedCommand>, StoreError>;

    /// Asks the owner of a command that could not be sent, or of all such commands, to send it again or to forget it;
    /// says how many are asked for. The request is kept with the command, in place of an earlier one, and the command is
    /// due at `now`, and parked no more.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be written.
    async fn ask_unsent(
        &self,
        of: &GenerationId,
        id: Option<StagedId>,
        request: ParkedRequest,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError>;
}

/// A command to send, now or later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedCommand {
    /// Identifies it, and is its idempotency key when it is sent.
    pub id: StagedId,
    /// The partition of the key.
    pub partition: Partition,
    /// Who wants it to be sent: which instance, which key.
    pub key: DocumentKey,
    /// The event that led to it.
    pub position: Position,
    /// Which one of the commands of this event and key it is, from 0.
    pub number: u32,
    /// The command, in the durable form of its set.
    pub command: Payload,
    /// What the events of the command get: correlation and causation.
    pub metadata: Metadata,
    /// Its name, when it is a timer that can be cancelled. A key has at most one timer of a name: staging another one
    /// replaces it.
    pub timer: Option<TimerName>,
    /// Whether it waits for its time on purpose, and is gone when the instance ends.
    pub is_timer: bool,
    /// When it is sent, by the application's clock, in whole microseconds.
    pub due_at: DateTime<Utc>,
    /// Whether it is never due by itself, since somebody has to ask for it. Not when it is staged.
    pub is_parked: bool,
    /// What somebody has asked for. Nothing when it is staged.
    pub request: Option<ParkedRequest>,
    /// How often it could not be sent.
    pub attempts: u32,
    /// The last error, with all its causes, as text; at most 4,000 bytes and without `\0`.
    pub error: Option<String>,
}

/// A staged command that could not be sent: to be tried again later, or parked. What somebody has asked for is done by that,
/// unless it was to discard it: then the command stays due for that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostponeCommand {
    /// Which one.
    pub id: StagedId,
    /// When it is due now; `None` to park it.
    pub due_at: Option<DateTime<Utc>>,
    /// How often it could not be sent.
    pub attempts: u32,
    /// The last error, with all its causes, as text; at most 4,000 bytes and without `\0`.
    pub error: String,
}

/// Which staged commands are due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueCommands {
    /// The generation.
    pub of: GenerationId,
    /// Only those of these partitions.
    pub partitions: Vec<Partition>,
    /// Those that are due at this moment, by the application's clock.
    pub now: DateTime<Utc>,
    /// The most of them, at least 1.
    pub limit: usize,
}

/// Which of the commands that could not be sent to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListUnsent {
    /// The generation.
    pub of: GenerationId,
    /// Only those after this one.
    pub after: Option<(Position, StagedId)>,
    /// The most of them, at least 1. A store may return fewer, but not none when there are some.
    pub limit: usize,
}

/// Staged commands that are due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DuePage {
    /// The commands, in the order in which they are sent.
    pub commands: Vec<StagedCommand>,
    /// When the next of these partitions is due that is not due yet.
    pub next_due_at: Option<DateTime<Utc>>,
}
