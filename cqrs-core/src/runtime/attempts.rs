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

    /// The same after a conflict. Whoever waits with the new state in hand only lets others win again.
    pub(super) async fn after_conflict(&mut self, is_current: bool) -> bool {
        if is_current {
            self.count()
        } else {
            self.another().await
        }
    }

    /// Counts a failure; says whether there is another attempt.
    const fn count(&mut self) -> bool {
        self.failed = self.failed.saturating_add(1);
        self.failed < self.policy.attempts.get()
    }

    /// Counts a failure; waits and says `true` when there is another attempt.
    pub(super) async fn another(&mut self) -> bool {
        if !self.count() {
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
