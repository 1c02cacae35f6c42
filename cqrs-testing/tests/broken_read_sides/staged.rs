//! Staged commands, with one mistake.

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::parked::ParkedRequest;
use cqrs_core::ports::staged::{DueCommands, DuePage, ListUnsent, StagedCommand, StagedCommands};
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::staged::StagedId;

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
            Defect::OrdersBackwardInAnEvent => page
                .commands
                .sort_by_key(|command| (command.position, std::cmp::Reverse(command.number))),
            Defect::OrdersById => page.commands.sort_by_key(|command| command.id),
            Defect::ForgetsTheNext => page.next_due_at = None,
            _ => {}
        }
        Ok(page)
    }

    async fn list_unsent(&self, mut request: ListUnsent) -> Result<Vec<StagedCommand>, StoreError> {
        if self.defect == Defect::ListsUnsentById {
            let limit = std::mem::replace(&mut request.limit, usize::MAX);
            let after = request.after.take().map(|(_, id)| id);
            let mut unsent = self.memory.list_unsent(request).await?;
            unsent.sort_by_key(|command| command.id);
            unsent.retain(|command| after.is_none_or(|after| command.id > after));
            unsent.truncate(limit);
            return Ok(unsent);
        }
        let mut unsent = self.memory.list_unsent(request).await?;
        if self.defect == Defect::ListsOnlyWhatIsTriedAgain {
            unsent.retain(|command| !command.is_parked);
        }
        Ok(unsent)
    }

    async fn ask_unsent(
        &self,
        of: &GenerationId,
        id: Option<StagedId>,
        request: ParkedRequest,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        match (self.defect, id) {
            (Defect::AsksForNoCommand, _) => Ok(u64::from(id.is_some())),
            (Defect::AsksForOneCommand, None) => {
                let request_all = ListUnsent {
                    of: of.clone(),
                    after: None,
                    limit: 1,
                };
                let first = self.memory.list_unsent(request_all).await?.pop();
                match first {
                    Some(first) => {
                        let id = Some(first.id);
                        self.memory.ask_unsent(of, id, request, now).await
                    }
                    None => Ok(0),
                }
            }
            (Defect::SendsWhatIsDiscarded, _) => {
                let request = ParkedRequest::Replay;
                self.memory.ask_unsent(of, id, request, now).await
            }
            _ => self.memory.ask_unsent(of, id, request, now).await,
        }
    }
}
