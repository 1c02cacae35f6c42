//! Which partitions a lane holds: taken up from what the store says, and given back when they are too many.

use std::sync::PoisonError;

use super::documents::Documents;
use super::{Blocked, Held, Lane, LaneState};
use crate::ports::advance::PartitionAdvance;
use crate::ports::error::StoreError;
use crate::ports::leases::{HeldPartition, HoldLeases, Holding};
use crate::ports::processors::GenerationState;
use crate::words::partition::Partition;
use crate::words::position::Position;

/// What the store has said, and until when it is sure.
#[derive(Debug)]
pub(super) struct Assignment {
    holding: Holding,
    until: tokio::time::Instant,
}

impl Lane {
    /// Asks the store what this lane holds now.
    pub(in crate::runtime) async fn hold(&self) -> Result<(), StoreError> {
        let request = HoldLeases {
            node: self.node.clone(),
            lease: self.settings.lease,
            generations: vec![self.row.of.clone()],
        };
        let until = tokio::time::Instant::now() + self.settings.lease;
        let holding = self.store.hold(request).await?.pop();
        self.assign(holding, until);
        Ok(())
    }

    /// Takes note of what the store has said. `None`: the generation does not run any more.
    pub(in crate::runtime) fn assign(&self, holding: Option<Holding>, until: tokio::time::Instant) {
        if let Some(holding) = &holding {
            let is_inline = holding.state == GenerationState::Inline;
            self.slices().set_inline(is_inline);
        }
        let holding = holding.unwrap_or_else(|| Holding {
            of: self.row.of.clone(),
            state: self.row.state,
            share: 0,
            partitions: Vec::new(),
            asked: false,
        });
        let news = {
            let mut assigned = self.assigned.lock().unwrap_or_else(PoisonError::into_inner);
            let news = holding.asked
                || assigned
                    .as_ref()
                    .is_none_or(|old| !same(&old.holding, &holding));
            *assigned = Some(Assignment { holding, until });
            news
        };
        if news {
            self.wake.notify_one();
            self.staged.notify_one();
        }
    }

    /// Whether the lease is certainly not over yet.
    fn is_sure(&self) -> bool {
        let assigned = self.assigned.lock().unwrap_or_else(PoisonError::into_inner);
        assigned
            .as_ref()
            .is_some_and(|assigned| tokio::time::Instant::now() < assigned.until)
    }

    /// Takes up what is held now. A partition whose epoch is the same stays as the lane knows it: nobody else can have
    /// moved it.
    pub(super) async fn take_up(&self, state: &mut LaneState) -> Result<(), StoreError> {
        if !state.unsure.is_empty() {
            let release = self.store.release(&self.node, &self.row.of, &state.unsure);
            release.await?;
            state.unsure.clear();
            // What was said before is about the epoch that has just ended.
            self.forget_assignment();
        }
        if !self.is_sure() {
            // The program stood still, or the store can't be reached: somebody else may be at it.
            self.hold().await?;
        }
        let (mut partitions, mut asked) = self.assigned();
        let claimed = self
            .slice
            .claim(partitions.iter().map(|held| held.partition));
        if claimed.is_handed_over {
            self.hold().await?;
            (partitions, asked) = self.assigned();
        }
        partitions.retain(|held| claimed.partitions.contains(&held.partition));
        let is_kept = |now: &HeldPartition| {
            let before = state.held.get(&now.partition);
            before.is_some_and(|before| before.epoch == now.epoch)
        };
        let news = partitions.iter().filter(|now| asked || !is_kept(now));
        let gained: Vec<_> = news.map(|now| now.partition).collect();
        let is_held =
            |partition: &Partition| partitions.iter().any(|now| now.partition == *partition);
        let lost = state.held.keys().any(|partition| !is_held(partition));
        if gained.is_empty() && !lost {
            return Ok(());
        }
        // At the start of the log nothing is parked: what parks an event brings the partition past it.
        let moved = |now: &&HeldPartition| now.checkpoint > Position::START;
        let may_have_parked: Vec<_> = partitions
            .iter()
            .filter(moved)
            .map(|now| now.partition)
            .filter(|partition| gained.contains(partition))
            .collect();
        let blocked = if may_have_parked.is_empty() {
            Vec::new()
        } else {
            let blocked = self.store.blocked_keys(&self.row.of, &may_have_parked);
            blocked.await?
        };
        state.blocked.retain(|_, blocked| {
            is_held(&blocked.partition) && !gained.contains(&blocked.partition)
        });
        for key in blocked {
            state
                .blocked
                .insert(key.event.key.clone(), Blocked::of(&key));
        }
        let mut before = std::mem::take(&mut state.held);
        for now in partitions {
            let kept = before.remove(&now.partition);
            let kept = kept.filter(|kept| kept.epoch == now.epoch);
            let held = kept.unwrap_or_else(|| Held {
                epoch: now.epoch,
                checkpoint: now.checkpoint,
                documents: Documents::of(now.checkpoint, self.row.partitions),
            });
            state.held.insert(now.partition, held);
        }
        self.forget_asked();
        Ok(())
    }

    /// What the node holds, and whether somebody has asked for parked events.
    fn assigned(&self) -> (Vec<HeldPartition>, bool) {
        let assigned = self.assigned.lock().unwrap_or_else(PoisonError::into_inner);
        match &*assigned {
            Some(assigned) => (assigned.holding.partitions.clone(), assigned.holding.asked),
            None => (Vec::new(), false),
        }
    }

    /// What was asked for is known now: not to be loaded again at each step.
    fn forget_asked(&self) {
        let mut assigned = self.assigned.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(assigned) = assigned.as_mut() {
            assigned.holding.asked = false;
        }
    }

    /// Says that nothing is known for sure any more: the next step asks the store.
    pub(super) fn forget_assignment(&self) {
        *self.assigned.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Finds out anew what is held, after a step was stale.
    pub(super) async fn start_over(&self, state: &mut LaneState) -> Result<(), StoreError> {
        metrics::counter!("cqrs_processor_stale_steps_total", "processor" => self.name().to_string())
            .increment(1);
        tracing::debug!(generation = %self.row.of, node = %self.node, "a step was stale");
        state.held.clear();
        state.blocked.clear();
        state.ahead = None;
        self.hold().await
    }

    /// Gives back what is beyond the share of this node, between two batches.
    pub(super) async fn give_back_surplus(&self, state: &mut LaneState) -> Result<(), StoreError> {
        let surplus: Vec<_> = {
            let assigned = self.assigned.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(Assignment { holding, .. }) = &*assigned else {
                return Ok(());
            };
            // The share is that of the node: each of its lanes gives back its own part of what is beyond.
            let beyond = holding.partitions.iter().skip(holding.share);
            beyond
                .map(|held| held.partition)
                .filter(|partition| state.held.contains_key(partition))
                .collect()
        };
        if surplus.is_empty() {
            return Ok(());
        }
        self.store
            .release(&self.node, &self.row.of, &surplus)
            .await?;
        let is_kept = |partition: &Partition| !surplus.contains(partition);
        state.held.retain(|partition, _| is_kept(partition));
        state
            .blocked
            .retain(|_, blocked| is_kept(&blocked.partition));
        let mut assigned = self.assigned.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(assigned) = assigned.as_mut() {
            assigned
                .holding
                .partitions
                .retain(|held| is_kept(&held.partition));
        }
        Ok(())
    }
}

fn same(old: &Holding, new: &Holding) -> bool {
    let epochs = |holding: &Holding| {
        holding
            .partitions
            .iter()
            .map(|held| (held.partition, held.epoch))
            .collect::<Vec<_>>()
    };
    old.share == new.share && epochs(old) == epochs(new)
}

impl LaneState {
    /// The compare-and-set of all partitions that come on to this position.
    pub(super) fn through(&self, through: Position) -> Vec<PartitionAdvance> {
        self.held
            .iter()
            .filter(|(_, held)| held.checkpoint < through)
            .map(|(partition, held)| PartitionAdvance {
                partition: *partition,
                epoch: held.epoch,
                from: held.checkpoint,
                through,
            })
            .collect()
    }

    /// The compare-and-set of partitions that stay where they are.
    pub(super) fn at(&self, partitions: &[Partition]) -> Vec<PartitionAdvance> {
        self.held
            .iter()
            .filter(|(partition, _)| partitions.contains(partition))
            .map(|(partition, held)| PartitionAdvance {
                partition: *partition,
                epoch: held.epoch,
                from: held.checkpoint,
                through: held.checkpoint,
            })
            .collect()
    }

    pub(super) fn moved(&mut self, advanced: &[PartitionAdvance]) {
        for advance in advanced {
            if let Some(held) = self.held.get_mut(&advance.partition) {
                held.checkpoint = advance.through;
            }
        }
    }
}
