//! What the sender of a command gets back.

use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// Says that a command was done, and where its events are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt<R> {
    /// What the decision replied.
    pub reply: R,
    /// The stream of the aggregate that decided; `None` for a command handler.
    pub stream: Option<StreamId>,
    /// The stream's version after the command.
    pub version: StreamVersion,
    /// A reader that has come this far has seen what the command did, and what it was decided on.
    pub position: Position,
    /// Whether the command was done before, under the same idempotency key, and nothing was done now.
    pub repeated: bool,
}
