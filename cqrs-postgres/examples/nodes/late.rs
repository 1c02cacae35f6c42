//! The writes that a node would do that stood still, as if it had been stopped just before it sent them: in its epochs.

use cqrs_core::ports::advance::{Advance, AdvanceError, AdvanceProcessors, PartitionAdvance};
use cqrs_core::ports::processors::Processors;
use cqrs_core::words::epoch::Epoch;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::Partition;
use cqrs_postgres::Postgres;

/// What a node holds, and in which epochs.
pub(crate) struct Late {
    store: Postgres,
    held: Vec<(GenerationId, Partition, Epoch)>,
}

impl Late {
    /// What this node holds now.
    pub(crate) async fn of(store: &Postgres, node: &NodeId) -> anyhow::Result<Self> {
        let mut held = Vec::new();
        for progress in store.progress(None).await? {
            let own = progress.partitions.iter();
            let own = own.filter(|row| row.owner.as_ref() == Some(node));
            held.extend(own.map(|row| (progress.row.of.clone(), row.partition, row.epoch)));
        }
        let store = store.clone();
        Ok(Self { store, held })
    }

    /// Does a write of each partition, from where its checkpoint is by now; says how many were refused, which must be
    /// all of them.
    pub(crate) async fn write(self) -> anyhow::Result<u64> {
        let now = self.store.progress(None).await?;
        let mut refused = 0;
        for (of, partition, epoch) in self.held {
            let rows = now.iter().filter(|progress| progress.row.of == of);
            let mut rows = rows.flat_map(|progress| &progress.partitions);
            let Some(row) = rows.find(|row| row.partition == partition) else {
                continue;
            };
            let step = PartitionAdvance {
                partition,
                epoch,
                from: row.checkpoint,
                through: row.checkpoint,
            };
            let mut advance = Advance::new(of.clone());
            advance.partitions = vec![step];
            match self.store.advance(advance).await {
                Err(AdvanceError::Stale { .. }) => refused += 1,
                Ok(()) => {
                    anyhow::bail!("a write of {of}, {partition} in epoch {epoch} was recorded")
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(refused)
    }
}
