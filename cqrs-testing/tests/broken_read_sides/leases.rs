//! Leases, with one mistake.

use std::time::Duration;

use async_trait::async_trait;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::leases::{HeldPartition, HoldLeases, Holding, Leases};
use cqrs_core::ports::parked::ParkedEvents;
use cqrs_core::ports::processors::{GenerationState, Processors};
use cqrs_core::words::epoch::Epoch;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::{Partition, PartitionCount};

use crate::defect::Defect;
use crate::store::{A_MOMENT, BrokenReadSide};

#[async_trait]
impl Leases for BrokenReadSide {
    async fn hold(&self, mut request: HoldLeases) -> Result<Vec<Holding>, StoreError> {
        let of = request.generations.clone();
        let before = match of.first() {
            Some(first) => self.rows(first).await,
            None => Vec::new(),
        };
        match self.defect {
            Defect::NeverEndsLeases => request.lease = Duration::from_hours(10_000),
            Defect::RaisesTheEpochAtRenewal => {
                let all: Vec<_> = PartitionCount::MAX.partitions().collect();
                for of in &of {
                    self.memory.release(&request.node, of, &all).await?;
                }
            }
            Defect::TakesFromTheLiving => {
                for owner in before.iter().filter_map(|row| row.owner.as_ref()) {
                    if *owner != request.node {
                        self.memory.leave(owner).await?;
                    }
                }
            }
            Defect::TakesBeforeTheLock => tokio::time::sleep(A_MOMENT).await,
            _ => {}
        }
        let node = request.node.clone();
        let mut holdings = self.memory.hold(request).await?;
        for holding in &mut holdings {
            for held in &holding.partitions {
                self.owners()
                    .insert((holding.of.clone(), held.partition), node.clone());
            }
            let rows = self.rows(&holding.of).await;
            match self.defect {
                Defect::HoldsWithoutTaking => {
                    holding.partitions = rows.iter().map(held).collect();
                }
                Defect::TakesBeforeTheLock => {
                    let was_free = |row: &Partition| {
                        before
                            .iter()
                            .any(|before| before.partition == *row && before.owner.is_none())
                    };
                    let is_own = |row: &Partition| {
                        holding.partitions.iter().any(|held| held.partition == *row)
                    };
                    let more = rows.iter().filter(|row| was_free(&row.partition));
                    let more: Vec<_> = more
                        .filter(|row| !is_own(&row.partition))
                        .map(held)
                        .collect();
                    holding.partitions.extend(more);
                }
                Defect::KeepsTheEpoch => {
                    for held in &mut holding.partitions {
                        held.epoch = Epoch::NONE.next();
                    }
                }
                Defect::KnowsNoShares => holding.share = rows.len(),
                Defect::TellsNobody => holding.asked = false,
                Defect::TellsEverybody => {
                    let all: Vec<_> = PartitionCount::MAX.partitions().collect();
                    let blocked = self.memory.blocked_keys(&holding.of, &all).await?;
                    holding.asked = blocked.iter().any(|blocked| blocked.request.is_some());
                }
                _ => {}
            }
        }
        if self.defect == Defect::HoldsRetiredGenerations {
            for progress in self.memory.progress(None).await? {
                if progress.row.state == GenerationState::Retired && of.contains(&progress.row.of) {
                    holdings.push(Holding {
                        of: progress.row.of,
                        state: GenerationState::Retired,
                        share: 1,
                        partitions: Vec::new(),
                        asked: false,
                    });
                }
            }
        }
        Ok(holdings)
    }

    async fn release(
        &self,
        node: &NodeId,
        of: &GenerationId,
        partitions: &[Partition],
    ) -> Result<(), StoreError> {
        match self.defect {
            Defect::ReleasesNothing => Ok(()),
            Defect::ReleasesWhatOthersHold => {
                for row in self.rows(of).await {
                    if let Some(owner) = row.owner {
                        self.memory.release(&owner, of, partitions).await?;
                    }
                }
                Ok(())
            }
            _ => self.memory.release(node, of, partitions).await,
        }
    }

    async fn leave(&self, node: &NodeId) -> Result<(), StoreError> {
        match self.defect {
            Defect::LetsNobodyLeave => Ok(()),
            _ => self.memory.leave(node).await,
        }
    }
}

fn held(row: &cqrs_core::ports::processors::PartitionRow) -> HeldPartition {
    HeldPartition {
        partition: row.partition,
        epoch: row.epoch,
        checkpoint: row.checkpoint,
    }
}
