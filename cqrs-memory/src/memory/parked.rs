//! Parked events: P3.

use async_trait::async_trait;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::parked::{BlockedKey, ListParked, ParkedEvent, ParkedEvents, ParkedRequest};
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::partition::Partition;

use super::Memory;

#[async_trait]
impl ParkedEvents for Memory {
    async fn blocked_keys(
        &self,
        of: &GenerationId,
        partitions: &[Partition],
    ) -> Result<Vec<BlockedKey>, StoreError> {
        let partitions = partitions.iter().copied().collect();
        let processors = self.processors();
        let entry = processors.get(of);
        Ok(entry.map_or_else(Vec::new, |entry| entry.parked.blocked(&partitions)))
    }

    async fn list_parked(&self, request: ListParked) -> Result<Vec<ParkedEvent>, StoreError> {
        let processors = self.processors();
        let entry = processors.get(&request.of);
        Ok(entry.map_or_else(Vec::new, |entry| entry.parked.list(&request)))
    }

    async fn ask(
        &self,
        of: &GenerationId,
        key: Option<&DocumentKey>,
        request: ParkedRequest,
    ) -> Result<u64, StoreError> {
        Ok(self.processors().ask(of, key, request))
    }
}
