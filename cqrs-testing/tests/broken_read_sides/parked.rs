//! Parked events, with one mistake.

use async_trait::async_trait;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::parked::{BlockedKey, ListParked, ParkedEvent, ParkedEvents, ParkedRequest};
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::partition::{Partition, PartitionCount};

use crate::defect::Defect;
use crate::store::BrokenReadSide;

#[async_trait]
impl ParkedEvents for BrokenReadSide {
    async fn blocked_keys(
        &self,
        of: &GenerationId,
        partitions: &[Partition],
    ) -> Result<Vec<BlockedKey>, StoreError> {
        let all: Vec<_> = PartitionCount::MAX.partitions().collect();
        let partitions = match self.defect {
            Defect::BlocksEveryPartition => &all,
            _ => partitions,
        };
        let mut blocked = self.memory.blocked_keys(of, partitions).await?;
        if self.defect == Defect::BlocksByTheLastEvent {
            for key in &mut blocked {
                let request = everything(of, Some(key.event.key.clone()));
                let last = self.memory.list_parked(request).await?.pop();
                *key = last.unwrap_or_else(|| key.clone());
            }
        }
        Ok(blocked)
    }

    async fn list_parked(&self, request: ListParked) -> Result<Vec<ParkedEvent>, StoreError> {
        match self.defect {
            Defect::ListsParkedByKey => {
                let all = everything(&request.of, request.key);
                let mut parked = self.memory.list_parked(all).await?;
                let order = |one: &ParkedEvent| (one.event.key.clone(), one.event.position);
                parked.sort_by_key(order);
                let after = request.after.map(|(position, key)| (key, position));
                parked.retain(|one| after.as_ref().is_none_or(|after| order(one) > *after));
                parked.truncate(request.limit);
                Ok(parked)
            }
            Defect::AsksForEveryEvent => {
                let all: Vec<_> = PartitionCount::MAX.partitions().collect();
                let blocked = self.memory.blocked_keys(&request.of, &all).await?;
                let mut parked = self.memory.list_parked(request).await?;
                for one in &mut parked {
                    let first = blocked
                        .iter()
                        .find(|first| first.event.key == one.event.key);
                    one.request = first.and_then(|first| first.request);
                }
                Ok(parked)
            }
            _ => self.memory.list_parked(request).await,
        }
    }

    async fn ask(
        &self,
        of: &GenerationId,
        key: Option<&DocumentKey>,
        request: ParkedRequest,
    ) -> Result<u64, StoreError> {
        if self.defect == Defect::AsksForOneKey && key.is_none() {
            let all: Vec<_> = PartitionCount::MAX.partitions().collect();
            let blocked = self.memory.blocked_keys(of, &all).await?;
            let first = blocked.first().map(|first| &first.event.key);
            return match first {
                Some(first) => self.memory.ask(of, Some(first), request).await,
                None => Ok(0),
            };
        }
        self.memory.ask(of, key, request).await
    }
}

pub(crate) fn everything(of: &GenerationId, key: Option<DocumentKey>) -> ListParked {
    ListParked {
        of: of.clone(),
        key,
        after: None,
        limit: usize::MAX,
    }
}
