//! The port through which a processor comes on: its writes and its checkpoint in one step.

use async_trait::async_trait;

use super::documents::DocumentWrite;
use super::error::StoreError;
use super::parked::ParkEvent;
use super::staged::{PostponeCommand, StagedCommand};
use crate::words::document_key::DocumentKey;
use crate::words::epoch::Epoch;
use crate::words::generation::GenerationId;
use crate::words::partition::Partition;
use crate::words::position::Position;
use crate::words::processor::TimerName;
use crate::words::staged::StagedId;

/// Lets a processor come on: its writes and its checkpoints are one step.
///
/// # Guarantees
///
/// - P1: all of an advance is recorded, or nothing, through `kill -9` at any moment.
/// - P2: an advance whose epoch or checkpoint is not the recorded one writes nothing.
/// - P3: parked events are recorded with the checkpoint that passes them, and are un-parked with the writes that they led
///   to.
/// - P6: state, staged commands, timers and checkpoint are one step.
#[async_trait]
pub trait AdvanceProcessors: Send + Sync {
    /// Records all of it, in the order of the fields of [`Advance`].
    ///
    /// ### Note: a lost reply is not a lost write
    /// After [`StoreError::Unavailable`] it may have been recorded, or may be recorded later, when what waits in the store
    /// comes through. Give its partitions back by [`release`](super::leases::Leases::release), take them again by
    /// [`hold`](super::leases::Leases::hold), and go on from the checkpoints that it tells: the epoch is another one
    /// then, and a step that comes late is [`AdvanceError::Stale`].
    ///
    /// ### Note: dropping the future
    /// The advance is then recorded whole, or not at all.
    ///
    /// # Errors
    ///
    /// - [`AdvanceError::Stale`]: a partition is in another epoch, or its checkpoint is elsewhere, or the generation is
    ///   gone. Nothing was written.
    /// - [`AdvanceError::Store`]: the store could not do it. Unless the outcome is unknown, nothing was written.
    async fn advance(&self, advance: Advance) -> Result<(), AdvanceError>;
}

/// What one step of a processor changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance {
    /// Whose step it is.
    pub of: GenerationId,
    /// Which partitions it is about, in order, each once, at least one. Every key below belongs to one of them.
    pub partitions: Vec<PartitionAdvance>,
    /// Documents to write and to delete, each key once, in order of the keys.
    pub documents: Vec<DocumentWrite>,
    /// Parked events that are parked no more. One that is not there is not an error.
    pub unparked: Vec<(DocumentKey, Position)>,
    /// Events to park, each key and position once, none of them un-parked above. One that is parked already is
    /// replaced, and what was asked for it is done: the request is forgotten.
    pub parked: Vec<ParkEvent>,
    /// Staged commands that were sent, and are forgotten. One that is not there is not an error.
    pub sent: Vec<StagedId>,
    /// Staged commands to try again later. One that is not there is not an error.
    pub postponed: Vec<PostponeCommand>,
    /// Timers that are cancelled, if there are such.
    pub cancelled: Vec<CancelTimer>,
    /// Commands to stage. One whose id is staged already stays as it is.
    pub staged: Vec<StagedCommand>,
}

impl Advance {
    /// Nothing yet.
    #[must_use]
    pub const fn new(of: GenerationId) -> Self {
        Self {
            of,
            partitions: Vec::new(),
            documents: Vec::new(),
            unparked: Vec::new(),
            parked: Vec::new(),
            sent: Vec::new(),
            postponed: Vec::new(),
            cancelled: Vec::new(),
            staged: Vec::new(),
        }
    }
}

/// A compare-and-set of one partition's checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionAdvance {
    /// Which one.
    pub partition: Partition,
    /// The epoch in which the node holds it.
    pub epoch: Epoch,
    /// Where its checkpoint is.
    pub from: Position,
    /// Where its checkpoint goes, at least `from`. The same when only something beside it changes.
    pub through: Position,
}

/// A timer that is cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelTimer {
    /// Whose timer.
    pub key: DocumentKey,
    /// The timer of this name, or all timers of the key, also those without a name.
    pub timer: Option<TimerName>,
}

/// An advance that wrote nothing, or whose outcome is unknown ([`StoreError::Unavailable`]).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdvanceError {
    /// A partition is in another epoch, or its checkpoint is elsewhere, or the generation is gone.
    #[error(
        "partition {partition} of {of} is not held in epoch {epoch} at position {from} any more: take up what is held now"
    )]
    Stale {
        /// The generation.
        of: GenerationId,
        /// The first such partition.
        partition: Partition,
        /// The epoch in which it was thought to be held.
        epoch: Epoch,
        /// Where its checkpoint was thought to be.
        from: Position,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AdvanceError {
    /// The error for this partition of an advance. For the authors of stores.
    #[must_use]
    pub fn stale(of: &GenerationId, advance: &PartitionAdvance) -> Self {
        Self::Stale {
            of: of.clone(),
            partition: advance.partition,
            epoch: advance.epoch,
            from: advance.from,
        }
    }
}
