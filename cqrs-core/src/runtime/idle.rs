//! Drives everything until nothing moves: for tests, and for programs that do their work in one go.

use super::app::Cqrs;
use super::lane::{LaneError, Step};
use super::runners::RunError;

impl Cqrs {
    /// Drives all processors, staged commands and due timers here and now, until nothing moves any more. Timers and
    /// retries are due by the application's clock, so that a test moves them with a manual one.
    ///
    /// Partitions that another node holds are not driven.
    ///
    /// # Errors
    ///
    /// [`RunError`] when the store fails, or the error policy stops a processor.
    pub async fn run_until_idle(&self) -> Result<(), RunError> {
        let Some(processing) = self.processing() else {
            return Ok(());
        };
        processing.declare().await?;
        processing.hold().await?;
        loop {
            let mut has_moved = false;
            for lane in processing.lanes() {
                let failed = |error| RunError::of(lane.name(), error);
                while lane.step(self).await.map_err(failed)? == Step::Moved {
                    has_moved = true;
                }
                if lane.processor().sends_commands() {
                    while lane.deliver(self).await.map_err(failed)? == Step::Moved {
                        has_moved = true;
                    }
                }
                let switched = if lane.is_to_be_inline() {
                    processing.try_inline(self, &lane).await.map_err(failed)?
                } else {
                    let seen = lane.seen().await;
                    let switched = processing.try_switch(&lane, seen).await;
                    switched.map_err(|error| failed(LaneError::Store(error)))?
                };
                has_moved |= switched;
            }
            if !has_moved {
                return Ok(());
            }
        }
    }
}
