//! Staged commands, with one mistake.

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::staged::{DueCommands, DuePage, StagedCommands};
use cqrs_core::words::partition::PartitionCount;

use crate::defect::Defect;
use crate::store::BrokenReadSide;

#[async_trait]
impl StagedCommands for BrokenReadSide {
    async fn due_commands(&self, mut request: DueCommands) -> Result<DuePage, StoreError> {
        match self.defect {
            Defect::IgnoresTime => request.now = DateTime::<Utc>::MAX_UTC,
            Defect::ComparesBelow => request.now -= Duration::microseconds(1),
            Defect::IgnoresTheLimit => request.limit = usize::MAX,
            Defect::SendsForEveryPartition => {
                request.partitions = PartitionCount::MAX.partitions().collect();
            }
            _ => {}
        }
        let mut page = self.memory.due_commands(request).await?;
        match self.defect {
            Defect::OrdersById => page.commands.sort_by_key(|command| command.id),
            Defect::ForgetsTheNext => page.next_due_at = None,
            _ => {}
        }
        Ok(page)
    }
}
