//! Staged commands and timers: P6.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::parked::ParkedRequest;
use cqrs_core::ports::staged::{DueCommands, DuePage, ListUnsent, StagedCommand, StagedCommands};
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::staged::StagedId;

use super::Memory;

#[async_trait]
impl StagedCommands for Memory {
    async fn due_commands(&self, request: DueCommands) -> Result<DuePage, StoreError> {
        let processors = self.processors();
        let entry = processors.get(&request.of);
        Ok(entry.map_or_else(DuePage::default, |entry| entry.staged.due(&request)))
    }

    async fn list_unsent(&self, request: ListUnsent) -> Result<Vec<StagedCommand>, StoreError> {
        let processors = self.processors();
        let entry = processors.get(&request.of);
        Ok(entry.map_or_else(Vec::new, |entry| entry.staged.unsent(&request)))
    }

    async fn ask_unsent(
        &self,
        of: &GenerationId,
        id: Option<StagedId>,
        request: ParkedRequest,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        Ok(self.processors().ask_unsent(of, id, request, now))
    }
}
