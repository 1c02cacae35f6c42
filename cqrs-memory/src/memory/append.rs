//! Appending: A1 to A8.

use std::sync::MutexGuard;

use async_trait::async_trait;
use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::ports::error::AppendError;

use super::Memory;
use crate::log::Log;

#[async_trait]
impl AppendEvents for Memory {
    async fn append_batch(&self, batch: Vec<Append>) -> Vec<Result<AppendOutcome, AppendError>> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for append in batch {
            outcomes.push(self.append_kept(&append).await);
        }
        outcomes
    }

    async fn append(&self, append: Append) -> Result<AppendOutcome, AppendError> {
        self.append_kept(&append).await
    }

    /// Without an await once it has begun: a future that is dropped has appended everything, or nothing (R1).
    async fn append_kept(&self, append: &Append) -> Result<AppendOutcome, AppendError> {
        // Nothing here ever waits, but others on this thread may want their turn.
        tokio::task::consume_budget().await;
        // A8: what can't be kept is refused before anything is written, and before anybody has to wait.
        self.limits.check(append)?;
        self.recording(|log| self.append_to(log, append)).await
    }
}

impl Memory {
    fn append_to(
        &self,
        mut log: MutexGuard<'_, Log>,
        append: &Append,
    ) -> Result<AppendOutcome, AppendError> {
        if let Some(outcome) = log.decide(append)? {
            return Ok(outcome);
        }
        let now = self.now();
        // Whoever appends here writes no read models: those that are inline are left to the runners.
        self.processors()
            .leave_inline(&append.events().map(|event| &event.name), log.end());
        let appended = log.record(append, now);
        self.settle(&log);
        Ok(AppendOutcome::Recorded(appended))
    }
}
