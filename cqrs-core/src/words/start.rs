//! From where a processor starts.

use super::position::Position;

/// From where a processor starts when it has never run. Later it goes on from its checkpoints, and a rebuild starts from
/// where the first build did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StartFrom {
    /// With the first event that was ever recorded.
    Beginning,
    /// With what is recorded from now on.
    Now,
    /// With the first event after this position.
    After(Position),
}
