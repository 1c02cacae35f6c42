//! Leases, by the clock of the handle: P2.

use async_trait::async_trait;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::leases::{HoldLeases, Holding, Leases};
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::Partition;

use super::Memory;

#[async_trait]
impl Leases for Memory {
    async fn hold(&self, request: HoldLeases) -> Result<Vec<Holding>, StoreError> {
        Ok(self.processors().hold(&request, self.now()))
    }

    async fn release(
        &self,
        node: &NodeId,
        of: &GenerationId,
        partitions: &[Partition],
    ) -> Result<(), StoreError> {
        self.processors().release(node, of, partitions);
        Ok(())
    }

    async fn leave(&self, node: &NodeId) -> Result<(), StoreError> {
        self.processors().leave(node);
        Ok(())
    }
}
