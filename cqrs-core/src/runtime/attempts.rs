//! Counts the attempts of one command against its retry policy.

use super::retry::RetryPolicy;

#[derive(Debug)]
pub(super) struct Attempts {
    policy: RetryPolicy,
    failed: u32,
}

impl Attempts {
    pub(super) const fn new(policy: RetryPolicy) -> Self {
        Self { policy, failed: 0 }
    }

    /// Counts a failure; waits and says `true` when there is another attempt.
    pub(super) async fn another(&mut self) -> bool {
        self.failed = self.failed.saturating_add(1);
        if self.failed >= self.policy.attempts.get() {
            return false;
        }
        // In a box of its own, so that a command that meets no failure does not have to carry it.
        Box::pin(tokio::time::sleep(self.policy.delay(self.failed))).await;
        true
    }

    /// How many attempts were made, the current one included.
    pub(super) const fn made(&self) -> u32 {
        self.failed.saturating_add(1)
    }
}
