//! A node that drives one generation, as a runner does.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::ports::advance::{Advance, AdvanceError, PartitionAdvance};
use cqrs_core::ports::leases::{HeldPartition, HoldLeases, Holding};
use cqrs_core::ports::processors::{Declare, GenerationRow, ProcessorKind};
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::words::epoch::Epoch;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::position::Position;

use super::sample::{LONG, at, declare, node};

/// A node with what it held when it last asked.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) store: SharedReadSide,
    pub(super) name: NodeId,
    pub(super) of: GenerationId,
    pub(super) held: Vec<HeldPartition>,
}

/// Makes a processor known and says which generation is the one to run: the one being built, or the live one.
pub(super) async fn declared(store: &SharedReadSide, declare: Declare) -> GenerationRow {
    let generations = store.declare(declare).await;
    let generations = generations.expect("a processor can be declared");
    let row = generations.building.or(generations.live);
    row.expect("a processor has a generation")
}

/// Asks for what the node may hold for so long.
pub(super) async fn hold(
    store: &SharedReadSide,
    name: &NodeId,
    of: &GenerationId,
    lease: Duration,
) -> Option<Holding> {
    let request = HoldLeases {
        node: name.clone(),
        lease,
        generations: vec![of.clone()],
    };
    let mut holdings = store.hold(request).await.expect("leases can be held");
    assert!(holdings.len() <= 1, "one answer for each generation");
    holdings.pop()
}

impl Node {
    /// A node that holds the only partition of a new processor.
    pub(super) async fn alone(
        store: &SharedReadSide,
        name: &'static str,
        kind: ProcessorKind,
    ) -> Self {
        Self::of_some(store, name, kind, PartitionCount::ONE).await
    }

    /// A node that holds all partitions of a new processor.
    pub(super) async fn of_some(
        store: &SharedReadSide,
        name: &'static str,
        kind: ProcessorKind,
        partitions: PartitionCount,
    ) -> Self {
        let declare = Declare {
            partitions,
            ..declare(name, kind)
        };
        let row = declared(store, declare).await;
        Self::holding(store, "node-a", &row.of, LONG).await
    }

    /// A node that holds what it can get of a generation.
    pub(super) async fn holding(
        store: &SharedReadSide,
        name: impl std::fmt::Display,
        of: &GenerationId,
        lease: Duration,
    ) -> Self {
        let mut node = Self {
            store: Arc::clone(store),
            name: node(name),
            of: of.clone(),
            held: Vec::new(),
        };
        node.hold(lease).await;
        node
    }

    /// Asks again.
    pub(super) async fn hold(&mut self, lease: Duration) -> Holding {
        let holding = hold(&self.store, &self.name, &self.of, lease).await;
        let holding = holding.unwrap_or_else(|| panic!("{} should run", self.of));
        self.held.clone_from(&holding.partitions);
        holding
    }

    /// The epoch of the first partition that it holds.
    pub(super) fn epoch(&self) -> Epoch {
        self.held.first().expect("the node holds a partition").epoch
    }

    /// A step of the first partition that it holds, without anything in it.
    pub(super) fn step(&self, from: u64, through: u64) -> Advance {
        self.step_of(0, from, through)
    }

    /// The same for the partition at this place among those that it holds.
    pub(super) fn step_of(&self, place: usize, from: u64, through: u64) -> Advance {
        Advance {
            partitions: vec![self.partition_step(place, from, through)],
            ..Advance::new(self.of.clone())
        }
    }

    pub(super) fn partition_step(&self, place: usize, from: u64, through: u64) -> PartitionAdvance {
        let held = self
            .held
            .get(place)
            .expect("the node holds so many partitions");
        PartitionAdvance {
            partition: held.partition,
            epoch: held.epoch,
            from: at(from),
            through: at(through),
        }
    }

    /// A step of everything that it holds.
    pub(super) fn step_of_all(&self, from: u64, through: u64) -> Advance {
        let places = 0..self.held.len();
        Advance {
            partitions: places
                .map(|place| self.partition_step(place, from, through))
                .collect(),
            ..Advance::new(self.of.clone())
        }
    }

    pub(super) async fn advance(&self, advance: Advance) -> Result<(), AdvanceError> {
        self.store.advance(advance).await
    }

    /// Where the first partition that it holds stands now.
    pub(super) async fn checkpoint(&mut self) -> Position {
        self.hold(LONG).await;
        let first = self.held.first();
        first.expect("the node holds a partition").checkpoint
    }
}
