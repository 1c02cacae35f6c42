//! Receipts: A7. They are written by the append, together with its events.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::receipts::{Receipts, StoredReceipt};
use cqrs_core::words::idempotency_key::IdempotencyKey;

use super::Memory;

#[async_trait]
impl Receipts for Memory {
    async fn find_receipt(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<StoredReceipt>, StoreError> {
        Ok(self.log().receipt(key))
    }

    async fn forget_receipts(&self, recorded_before: DateTime<Utc>) -> Result<u64, StoreError> {
        Ok(self.log().forget_receipts(recorded_before))
    }
}
