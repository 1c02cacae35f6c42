//! Processors and their generations: P4.

use async_trait::async_trait;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::processors::{
    Declare, DeclareError, GenerationProgress, GenerationRow, Generations, Processors,
};
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;

use super::Memory;
use crate::processors::Begin;

#[async_trait]
impl Processors for Memory {
    async fn declare(&self, declare: Declare) -> Result<Generations, DeclareError> {
        let end = self.log().end();
        self.processors().declare(&declare, end, self.now())
    }

    async fn begin_generation(
        &self,
        processor: &ProcessorName,
        version: u32,
        partitions: PartitionCount,
        start: StartFrom,
    ) -> Result<GenerationRow, StoreError> {
        let end = self.log().end();
        let begin = Begin {
            version,
            partitions,
            start,
        };
        self.processors()
            .begin_generation(processor, begin, end, self.now())
    }

    async fn switch(&self, to: &GenerationId, caught_up_to: Position) -> Result<bool, StoreError> {
        let _alone = self.alone().await;
        let log = self.log();
        Ok(self.processors().switch(to, caught_up_to, &log))
    }

    async fn drop_generation(&self, of: &GenerationId) -> Result<bool, StoreError> {
        Ok(self.processors().drop_generation(of))
    }

    async fn progress(
        &self,
        processor: Option<&ProcessorName>,
    ) -> Result<Vec<GenerationProgress>, StoreError> {
        Ok(self.processors().progress(processor, self.now()))
    }
}
