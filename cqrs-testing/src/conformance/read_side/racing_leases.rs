//! P2 in races: no two nodes ever hold a partition in the same epoch.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cqrs_core::ports::advance::{Advance, AdvanceError};
use cqrs_core::ports::processors::Declare;
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::words::epoch::Epoch;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::{Partition, PartitionCount};

use super::ask;
use super::harness::ReadSideHarness;
use super::node::{Node, declared};
use super::sample::{LONG, MANAGER, VIEW, declare, write};
use crate::conformance::race::race;

async fn generation(store: &SharedReadSide, partitions: u16) -> GenerationId {
    let declare = Declare {
        partitions: PartitionCount::from_static(partitions),
        ..declare("race", VIEW)
    };
    declared(store, declare).await.of
}

/// Who held what, in which epoch.
type Holders = HashMap<(Partition, Epoch), NodeId>;

/// Catches a store that looks for free partitions before it takes the lock.
pub async fn p2_racing_nodes_never_share_an_epoch<H: ReadSideHarness>(harness: &H) {
    never_share(&[harness.read_side()]).await;
}

/// Catches a store whose lock other processes don't know.
pub async fn p2_racing_nodes_never_share_an_epoch_across_handles<H: ReadSideHarness>(harness: &H) {
    never_share(&[harness.read_side(), harness.second_read_side().await]).await;
}

async fn never_share(stores: &[SharedReadSide]) {
    let of = generation(&stores[0], 6).await;
    let seen = race(6, |task| {
        let (store, of) = (Arc::clone(&stores[task % stores.len()]), of.clone());
        async move {
            let mut seen = Vec::new();
            let mut node = Node::holding(&store, format!("node-{task}"), &of, LONG).await;
            for round in 0..12 {
                let holding = node.hold(LONG).await;
                let held = node.held.iter();
                seen.extend(held.map(|held| ((held.partition, held.epoch), node.name.clone())));
                if round % 4 == 3 {
                    store.leave(&node.name).await.expect("a node can leave");
                } else {
                    let kept = fastrand::usize(..=holding.share);
                    let given_back: Vec<_> = node
                        .held
                        .iter()
                        .skip(kept)
                        .map(|held| held.partition)
                        .collect();
                    let released = store.release(&node.name, &of, &given_back).await;
                    released.expect("partitions are released");
                }
            }
            seen
        }
    })
    .await;
    let mut holders = Holders::new();
    for (held, node) in seen.into_iter().flatten() {
        let holder = holders.entry(held).or_insert_with(|| node.clone());
        assert_eq!(
            *holder, node,
            "partition {} in epoch {} has one holder",
            held.0, held.1
        );
    }
    assert!(holders.len() >= 6, "every partition was held");
}

/// Catches a store that leaves a partition to nobody, or two.
pub async fn p2_racing_nodes_take_every_partition_once<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let of = generation(&store, 16).await;
    let nodes = race(5, |task| {
        let (store, of) = (Arc::clone(&store), of.clone());
        async move { Node::holding(&store, format!("node-{task}"), &of, LONG).await }
    })
    .await;
    let mut taken: Vec<_> = nodes.iter().flat_map(|node| &node.held).collect();
    taken.sort_by_key(|held| held.partition);
    assert!(
        taken
            .windows(2)
            .all(|pair| pair[0].partition != pair[1].partition),
        "nothing is held twice"
    );
    assert!(
        taken.iter().all(|held| held.epoch == Epoch::NONE.next()),
        "each was taken once"
    );
    assert_eq!(taken.len(), 16, "and nothing is left over");
}

/// Catches a store in which a node that was taken over writes once more: each step says in which epoch it was made, and
/// an earlier epoch never follows a later one.
pub async fn p2_a_stale_node_never_writes_after_a_takeover<H: ReadSideHarness>(harness: &H) {
    const STEPS: u64 = 120;
    let store = harness.read_side();
    let of = declared(&store, declare("takeover", MANAGER)).await.of;
    let rejected = Arc::new(AtomicU64::new(0));
    race(3, |task| {
        let (store, of, rejected) = (Arc::clone(&store), of.clone(), Arc::clone(&rejected));
        async move {
            let mut node = Node::holding(&store, format!("node-{task}"), &of, LONG).await;
            loop {
                // The node believes what it knows; it asks again only when it was told that it is stale.
                let Some(held) = node.held.first_mut() else {
                    if ask::checkpoints(&store, &of).await[0].get() >= STEPS {
                        return;
                    }
                    // Nobody gives back, so one of the others ends: as if its lease had.
                    let owner = ask::progress(&store, &of).await.partitions[0].owner.clone();
                    if let Some(owner) = owner {
                        store.leave(&owner).await.expect("a node can leave");
                    }
                    node.hold(LONG).await;
                    continue;
                };
                let from = held.checkpoint.get();
                if from >= STEPS {
                    return;
                }
                held.checkpoint = super::sample::at(from + 1);
                let step = Advance {
                    documents: vec![write(format!("{from:04}"), held.epoch.get(), from + 1)],
                    ..node.step(from, from + 1)
                };
                if from % 20 == 19 {
                    // The others come in between.
                    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                }
                match node.advance(step).await {
                    Ok(()) => {}
                    Err(AdvanceError::Stale { .. }) => {
                        rejected.fetch_add(1, Ordering::SeqCst);
                        node.hold(LONG).await;
                    }
                    Err(error) => panic!("a step is recorded or stale, not {error:?}"),
                }
            }
        }
    })
    .await;
    let epochs: Vec<_> = ask::documents(&store, &of)
        .await
        .iter()
        .map(ask::number)
        .collect();
    assert_eq!(epochs.len() as u64, STEPS, "each step is recorded once");
    assert!(
        epochs.is_sorted(),
        "no epoch writes after a later one: {epochs:?}"
    );
    assert!(
        rejected.load(Ordering::SeqCst) > 0,
        "some were taken over while they wrote"
    );
}
