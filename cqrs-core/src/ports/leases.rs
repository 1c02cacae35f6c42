//! The port through which nodes share the partitions of a processor.

use std::time::Duration;

use async_trait::async_trait;

use super::error::StoreError;
use super::processors::GenerationState;
use crate::words::epoch::Epoch;
use crate::words::generation::GenerationId;
use crate::words::node::NodeId;
use crate::words::partition::Partition;
use crate::words::position::Position;

/// Shares the partitions of each generation among the nodes that run it. Leases end by the store's clock.
///
/// # Guarantees
///
/// - P2: a partition has at most one owner, and its epoch rises with each taking.
/// - A partition whose owner has gone is taken by the first [`hold`](Leases::hold) of another node after the lease has
///   ended.
#[async_trait]
pub trait Leases: Send + Sync {
    /// Says that the node is there, renews what it holds, and takes what is free. Called by each node several times
    /// in the time of a lease.
    ///
    /// For each generation of the request, in one step (generations in the order of their ids, so that two nodes can't
    /// deadlock):
    ///
    /// 1. The node is recorded as running the generation until the lease from now on ends. The nodes that run it are
    ///    those whose record has not ended. A generation that is retired or not known is left out of the answer.
    /// 2. Each partition that the node owns is renewed: also one whose lease has ended, as long as nobody has taken it.
    ///    Its epoch stays.
    /// 3. While it owns fewer than its share, which is the number of partitions divided by the number of nodes and
    ///    rounded up, it takes partitions without owner or whose lease has ended, the lowest first. The epoch of each
    ///    rises by one.
    ///
    /// It never takes anything away from the node: what it holds beyond its share it gives back itself by
    /// [`release`](Leases::release), after the batch that it is working on.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be written. What the node holds is held until the lease ends.
    async fn hold(&self, request: HoldLeases) -> Result<Vec<Holding>, StoreError>;

    /// Gives partitions back, those that the node still owns. They can be taken at once.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be written: others have to wait for the end of the lease.
    async fn release(
        &self,
        node: &NodeId,
        of: &GenerationId,
        partitions: &[Partition],
    ) -> Result<(), StoreError>;

    /// Gives everything back, and forgets that the node was there.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be written: others have to wait for the end of the lease.
    async fn leave(&self, node: &NodeId) -> Result<(), StoreError>;
}

/// What a node wants to go on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldLeases {
    /// The node.
    pub node: NodeId,
    /// How long what it holds is its own from now on.
    pub lease: Duration,
    /// What it runs.
    pub generations: Vec<GenerationId>,
}

/// What a node holds of one generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The generation.
    pub of: GenerationId,
    /// Whether it is read. Never retired.
    pub state: GenerationState,
    /// The node's share: how many partitions it should hold at most.
    pub share: usize,
    /// The partitions that it holds, in order.
    pub partitions: Vec<HeldPartition>,
    /// Whether somebody has asked to replay or to discard parked events in these partitions.
    pub asked: bool,
}

/// A partition that a node holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldPartition {
    /// Which one.
    pub partition: Partition,
    /// The epoch in which the node holds it, which each of its writes carries.
    pub epoch: Epoch,
    /// Up to here the partition has seen the log.
    pub checkpoint: Position,
}
