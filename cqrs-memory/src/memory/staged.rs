//! Staged commands and timers: P6.

use async_trait::async_trait;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::staged::{DueCommands, DuePage, StagedCommands};

use super::Memory;

#[async_trait]
impl StagedCommands for Memory {
    async fn due_commands(&self, request: DueCommands) -> Result<DuePage, StoreError> {
        let processors = self.processors();
        let entry = processors.get(&request.of);
        Ok(entry.map_or_else(DuePage::default, |entry| entry.staged.due(&request)))
    }
}
