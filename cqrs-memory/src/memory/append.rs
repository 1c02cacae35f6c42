//! Appending: A1 to A8.

use async_trait::async_trait;
use chrono::SubsecRound;
use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::ports::error::AppendError;

use super::Memory;

#[async_trait]
impl AppendEvents for Memory {
    /// Without a single await: a future that is dropped has appended everything, or was never polled (R1).
    async fn append_batch(&self, batch: Vec<Append>) -> Vec<Result<AppendOutcome, AppendError>> {
        batch
            .into_iter()
            .map(|append| self.append_now(append))
            .collect()
    }
}

impl Memory {
    fn append_now(&self, append: Append) -> Result<AppendOutcome, AppendError> {
        // A8: what can't be kept is refused before anything is written, and before anybody has to wait.
        self.limits.check(&append)?;
        let mut log = self.log();
        // In whole microseconds, which is what databases keep.
        let now = self.clock.now().trunc_subsecs(6);
        let outcome = log.append(append, now)?;
        self.settle(&log);
        Ok(outcome)
    }
}
