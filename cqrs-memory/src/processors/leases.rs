//! Who holds which partition: P2.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use cqrs_core::ports::leases::{HeldPartition, HoldLeases, Holding};
use cqrs_core::ports::processors::GenerationState;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::Partition;

use super::Processors;
use super::generation::GenerationEntry;

impl Processors {
    pub(crate) fn hold(&mut self, request: &HoldLeases, now: DateTime<Utc>) -> Vec<Holding> {
        let until = chrono::Duration::from_std(request.lease)
            .ok()
            .and_then(|lease| now.checked_add_signed(lease))
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        let mut holdings = Vec::new();
        for of in &request.generations {
            if let Some(entry) = self.generations.get_mut(of)
                && entry.row.state != GenerationState::Retired
            {
                holdings.push(entry.hold(&request.node, now, until));
            }
        }
        holdings
    }

    pub(crate) fn release(&mut self, node: &NodeId, of: &GenerationId, partitions: &[Partition]) {
        if let Some(entry) = self.generations.get_mut(of) {
            entry.release(node, |partition| partitions.contains(&partition));
        }
    }

    pub(crate) fn leave(&mut self, node: &NodeId) {
        for entry in self.generations.values_mut() {
            entry.release(node, |_| true);
            entry.nodes.remove(node);
        }
    }
}

impl GenerationEntry {
    fn hold(&mut self, node: &NodeId, now: DateTime<Utc>, until: DateTime<Utc>) -> Holding {
        self.nodes.retain(|_, until| *until > now);
        self.nodes.insert(node.clone(), until);
        let share = self.partitions.len().div_ceil(self.nodes.len());
        let mut held = 0;
        for entry in &mut self.partitions {
            if entry.owner.as_ref() == Some(node) {
                entry.lease_until = until;
                held += 1;
            }
        }
        for entry in &mut self.partitions {
            let is_free = entry.owner.is_none() || entry.lease_until <= now;
            if held < share && is_free {
                entry.owner = Some(node.clone());
                entry.lease_until = until;
                entry.epoch = entry.epoch.next();
                held += 1;
            }
        }
        let own = self
            .partitions
            .iter()
            .filter(|entry| entry.owner.as_ref() == Some(node));
        let partitions: Vec<_> = own
            .map(|entry| HeldPartition {
                partition: entry.partition,
                epoch: entry.epoch,
                checkpoint: entry.checkpoint,
            })
            .collect();
        let numbers: HashSet<_> = partitions.iter().map(|held| held.partition).collect();
        Holding {
            of: self.row.of.clone(),
            state: self.row.state,
            share,
            asked: self.parked.is_asked(&numbers) || self.staged.is_asked(&numbers),
            partitions,
        }
    }

    fn release(&mut self, node: &NodeId, meant: impl Fn(Partition) -> bool) {
        for entry in &mut self.partitions {
            if entry.owner.as_ref() == Some(node) && meant(entry.partition) {
                entry.owner = None;
            }
        }
    }
}
