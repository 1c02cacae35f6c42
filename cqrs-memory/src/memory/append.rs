//! Appending: A1 to A8.

use async_trait::async_trait;
use chrono::SubsecRound;
use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::ports::error::AppendError;

use super::Memory;

#[async_trait]
impl AppendEvents for Memory {
    /// Without an await but the first: a future that is dropped has appended everything, or nothing (R1).
    async fn append_batch(&self, batch: Vec<Append>) -> Vec<Result<AppendOutcome, AppendError>> {
        let _gate = self.shared.gate.read().await;
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
        if let Some(outcome) = log.decide(&append)? {
            return Ok(outcome);
        }
        // Whoever appends here writes no read models: those that are inline are left to the runners.
        let names: Vec<_> = append.events().map(|event| event.name.clone()).collect();
        self.processors().leave_inline(&names, log.end());
        let appended = log.record(append, now);
        self.settle(&log);
        Ok(AppendOutcome::Recorded(appended))
    }
}
