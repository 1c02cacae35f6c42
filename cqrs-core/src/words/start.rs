//! From where a processor starts.

use super::position::Position;

/// From where a processor starts when it has never run. Later it goes on from its checkpoints.
///
/// ### Note: rebuilding
/// A rebuild, and the build of a raised version, start where the code then says. What starts now starts again where its
/// first build did: the store keeps what the end of the log was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StartFrom {
    /// With the first event that was ever recorded.
    Beginning,
    /// With what is recorded from now on, which is when a program first says so of this processor.
    Now,
    /// With the first event after this position.
    After(Position),
}
