//! Why processors could not be run.

use crate::ports::error::StoreError;
use crate::ports::processors::DeclareError;
use crate::runtime::lane::LaneError;
use crate::words::document_key::DocumentKey;
use crate::words::position::Position;
use crate::words::processor::ProcessorName;

/// Processors could not be run until nothing moves.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The store knows a processor otherwise.
    #[error(transparent)]
    Declare(#[from] DeclareError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The error policy has stopped a processor.
    #[error("{processor} stopped at position {position}, key {key}: {error}")]
    Stopped {
        /// Which one.
        processor: ProcessorName,
        /// At which event.
        position: Position,
        /// Under which key.
        key: DocumentKey,
        /// How it failed.
        error: String,
    },
}

impl RunError {
    pub(in crate::runtime) fn of(processor: &ProcessorName, error: LaneError) -> Self {
        match error {
            LaneError::Store(error) => Self::Store(error),
            LaneError::Stopped {
                position,
                key,
                error,
            } => Self::Stopped {
                processor: processor.clone(),
                position,
                key,
                error,
            },
        }
    }
}
