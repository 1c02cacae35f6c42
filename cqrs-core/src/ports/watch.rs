//! The port that says that the log has grown.

use tokio::sync::watch;

use super::error::StoreError;
use crate::words::position::Position;

/// Says up to where the log can be read.
///
/// # Guarantees
///
/// - F5: a watch moves within milliseconds of a commit, by any process, without busy polling.
pub trait WatchLog: Send + Sync {
    /// A watch of its own for the caller.
    fn watch(&self) -> LogWatch;
}

/// Follows the end of the log. Up to [`position`](LogWatch::position) the log is settled: no event will appear there
/// any more.
#[derive(Clone, Debug)]
pub struct LogWatch {
    settled: watch::Receiver<Position>,
}

impl LogWatch {
    /// Follows a channel of rising positions. For the authors of stores.
    #[must_use]
    pub const fn new(settled: watch::Receiver<Position>) -> Self {
        Self { settled }
    }

    /// Up to where the log is known to be settled.
    #[must_use]
    pub fn position(&self) -> Position {
        *self.settled.borrow()
    }

    /// Waits until the log is settled past `after`, and says up to where. Can be dropped at any time.
    ///
    /// # Errors
    ///
    /// [`StoreError::Other`] when the store was closed.
    pub async fn past(&mut self, after: Position) -> Result<Position, StoreError> {
        match self.settled.wait_for(|settled| *settled > after).await {
            Ok(settled) => Ok(*settled),
            Err(_closed) => Err(StoreError::other("the store was closed")),
        }
    }
}
