//! Appends that fail.

use async_trait::async_trait;
use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::ports::error::{AppendError, StoreError};

use super::FaultyStore;
use super::fault::{AppendFault, retryable, unavailable};

type Outcome = Result<AppendOutcome, AppendError>;

#[async_trait]
impl AppendEvents for FaultyStore {
    async fn append_batch(&self, batch: Vec<Append>) -> Vec<Outcome> {
        let count = batch.len();
        match self.script.appends.take() {
            None => self.inner.append_batch(batch).await,
            Some(AppendFault::Unavailable) => fail(count, unavailable),
            Some(AppendFault::Retryable) => fail(count, retryable),
            Some(AppendFault::LoseReply) => {
                drop(self.inner.append_batch(batch).await);
                fail(count, unavailable)
            }
            Some(AppendFault::DelayBefore(delay)) => {
                tokio::time::sleep(delay).await;
                self.inner.append_batch(batch).await
            }
            Some(AppendFault::DelayReply(delay)) => {
                let outcomes = self.inner.append_batch(batch).await;
                tokio::time::sleep(delay).await;
                outcomes
            }
        }
    }
}

fn fail(count: usize, error: fn() -> StoreError) -> Vec<Outcome> {
    std::iter::repeat_with(|| Err(error().into()))
        .take(count)
        .collect()
}
