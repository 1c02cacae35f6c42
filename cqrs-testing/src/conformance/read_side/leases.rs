//! P2: a partition has one owner at a time, and what an owner writes carries the epoch in which it owns.

use std::sync::Arc;

use cqrs_core::ports::advance::Advance;
use cqrs_core::words::epoch::Epoch;
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::start::StartFrom;

use super::ask::{self, kept};
use super::expect;
use super::harness::ReadSideHarness;
use super::node::{Node, declared, hold};
use super::sample::{LONG, MANAGER, VIEW, at, command, declare, failed, node, partition, write};

const FOUR: PartitionCount = PartitionCount::from_static(4);

/// Catches a store that gives a node nothing, or something twice.
pub async fn p2_the_first_node_takes_every_partition<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let mut first = Node::of_some(&store, "all", VIEW, FOUR).await;
    let holding = first.hold(LONG).await;
    assert_eq!((holding.share, holding.asked), (4, false));
    assert_eq!(holding.of, first.of);
    let numbers: Vec<_> = first.held.iter().map(|held| held.partition.get()).collect();
    assert_eq!(numbers, [0, 1, 2, 3], "in order");
    let first_epoch = Epoch::NONE.next();
    assert!(
        first
            .held
            .iter()
            .all(|held| held.epoch == first_epoch && held.checkpoint == at(0))
    );
}

/// Catches a store that takes what is only renewed.
pub async fn p2_holding_again_keeps_the_epoch<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let mut first = Node::of_some(&store, "again", VIEW, FOUR).await;
    expect::done(first.advance(first.step_of(2, 0, 9)).await);
    let before = first.held.clone();
    for _ in 0..5 {
        first.hold(LONG).await;
        let epochs = |held: &[cqrs_core::ports::leases::HeldPartition]| {
            held.iter()
                .map(|held| (held.partition, held.epoch))
                .collect::<Vec<_>>()
        };
        assert_eq!(epochs(&first.held), epochs(&before));
        assert_eq!(
            first.held[2].checkpoint,
            at(9),
            "the checkpoint as it is now"
        );
    }
}

/// Catches a store that takes partitions away from a node that is there.
pub async fn p2_a_node_takes_nothing_that_another_holds<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let mut first = Node::of_some(&store, "taken", VIEW, FOUR).await;
    let second = Node::holding(&store, "node-b", &first.of, LONG).await;
    assert_eq!(second.held, [], "everything is taken");
    let before = first.held.clone();
    first.hold(LONG).await;
    assert_eq!(first.held, before, "and stays with the first");
    assert!(
        first.advance(first.step_of_all(0, 1)).await.is_ok(),
        "who can still write"
    );
}

/// Catches a store whose nodes never find to a fair share.
pub async fn p2_nodes_share_the_partitions_fairly<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let mut nodes = vec![Node::of_some(&store, "shared", VIEW, PartitionCount::DEFAULT).await];
    for (count, share) in [(1, 16), (2, 8), (3, 6), (4, 4), (5, 4)] {
        if nodes.len() < count {
            let of = nodes[0].of.clone();
            nodes.push(Node::holding(&store, format!("node-{count}"), &of, LONG).await);
        }
        // Each gives back what is beyond its share, and takes what others gave back.
        for _ in 0..2 {
            for node in &mut nodes {
                let holding = node.hold(LONG).await;
                assert_eq!(holding.share, share, "the share of {count} nodes");
                let surplus: Vec<_> = node
                    .held
                    .iter()
                    .skip(share)
                    .map(|held| held.partition)
                    .collect();
                store
                    .release(&node.name, &node.of, &surplus)
                    .await
                    .expect("surplus is released");
                node.hold(LONG).await;
                assert!(node.held.len() <= share, "nobody takes more than its share");
            }
        }
        let mut all: Vec<_> = nodes.iter().flat_map(|node| &node.held).collect();
        all.sort_by_key(|held| held.partition);
        let numbers: Vec<_> = all.iter().map(|held| held.partition.get()).collect();
        assert_eq!(
            numbers,
            (0..16).collect::<Vec<_>>(),
            "each partition has one of {count} nodes"
        );
    }
}

/// Catches a store whose leases never end, or that gives the same epoch to the next owner.
pub async fn p2_a_lease_that_has_ended_is_taken_over_in_a_higher_epoch<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let row = declared(&store, declare("over", MANAGER)).await;
    let first = Node::holding(&store, "node-a", &row.of, H::LEASE).await;
    expect::done(first.advance(first.step(0, 3)).await);
    let mut second = Node::holding(&store, "node-b", &row.of, H::LEASE).await;
    assert_eq!(second.held, [], "the lease has not ended");
    harness.pass(H::LEASE * 2).await;
    let holding = second.hold(LONG).await;
    assert_eq!(holding.share, 1, "the node that is gone has no share");
    assert_eq!(second.held.len(), 1);
    assert!(second.epoch() > first.epoch(), "the epoch rises");
    assert_eq!(
        second.held[0].checkpoint,
        at(3),
        "it goes on where the first one was"
    );
    expect::stale(first.advance(first.step(3, 4)).await);
    expect::done(second.advance(second.step(3, 5)).await);
}

/// Catches a store that takes a lease away which nobody else wants.
pub async fn p2_a_lease_that_has_ended_is_renewed_while_nobody_took_it<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let row = declared(&store, declare("renewed", MANAGER)).await;
    let mut first = Node::holding(&store, "node-a", &row.of, H::LEASE).await;
    harness.pass(H::LEASE * 2).await;
    expect::done(first.advance(first.step(0, 1)).await);
    let before = first.epoch();
    first.hold(LONG).await;
    assert_eq!(first.epoch(), before, "the epoch stays");
    let second = Node::holding(&store, "node-b", &row.of, LONG).await;
    assert_eq!(second.held, [], "the lease is renewed");
    expect::done(first.advance(first.step(1, 2)).await);
}

/// Catches a store that does not compare the epoch, or writes before it does.
pub async fn p2_a_step_in_another_epoch_writes_nothing<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let first = Node::alone(&store, "epochs", MANAGER).await;
    expect::done(first.advance(first.step(0, 10)).await);
    store.leave(&first.name).await.expect("a node can leave");
    let second = Node::holding(&store, "node-b", &first.of, LONG).await;
    let before = kept(&store, &first.of).await;
    for epoch in [Epoch::NONE, first.epoch(), second.epoch().next()] {
        let mut step = Advance {
            documents: vec![write("a", 1, 11)],
            parked: vec![failed("b", 11)],
            staged: vec![command(1, "a")],
            ..first.step(10, 11)
        };
        step.partitions[0].epoch = epoch;
        assert_eq!(expect::stale(first.advance(step).await), partition(0));
        assert_eq!(
            kept(&store, &first.of).await,
            before,
            "after a step in epoch {epoch}"
        );
    }
    expect::done(second.advance(second.step(10, 11)).await);
}

/// Catches a store where the rest of a step passes that names one partition which was lost.
pub async fn p2_one_lost_partition_fails_the_step_of_all<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let first = Node::of_some(&store, "lost", MANAGER, FOUR).await;
    let lost = first.held[2].partition;
    store
        .release(&first.name, &first.of, &[lost])
        .await
        .expect("partitions are released");
    let mut second = Node::holding(&store, "node-b", &first.of, LONG).await;
    second.hold(LONG).await;
    assert_eq!(second.held.len(), 1, "the one that was given back");
    let before = kept(&store, &first.of).await;
    let step = Advance {
        documents: vec![write("a", 1, 1)],
        ..first.step_of_all(0, 1)
    };
    assert_eq!(expect::stale(first.advance(step).await), lost);
    assert_eq!(kept(&store, &first.of).await, before);
    expect::done(second.advance(second.step(0, 1)).await);
}

/// Catches a store that keeps partitions for the rest of the lease that were given back.
pub async fn p2_released_partitions_can_be_taken_at_once<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let mut first = Node::of_some(&store, "released", VIEW, FOUR).await;
    let mut second = Node::holding(&store, "node-b", &first.of, LONG).await;
    store
        .release(&first.name, &first.of, &[partition(1), partition(3)])
        .await
        .expect("partitions are released");
    second.hold(LONG).await;
    let numbers: Vec<_> = second
        .held
        .iter()
        .map(|held| held.partition.get())
        .collect();
    assert_eq!(numbers, [1, 3]);
    assert!(second.held.iter().all(|held| held.epoch > first.epoch()));
    first.hold(LONG).await;
    let numbers: Vec<_> = first.held.iter().map(|held| held.partition.get()).collect();
    assert_eq!(numbers, [0, 2], "the others stay");
}

/// Catches a store where one node gives back what another one holds.
pub async fn p2_a_node_releases_nothing_that_another_holds<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let mut first = Node::of_some(&store, "others", VIEW, FOUR).await;
    let all: Vec<_> = FOUR.partitions().collect();
    let stranger = node("node-b");
    store
        .release(&stranger, &first.of, &all)
        .await
        .expect("releasing nothing is no error");
    store
        .leave(&stranger)
        .await
        .expect("leaving nothing is no error");
    let second = Node::holding(&store, "node-b", &first.of, LONG).await;
    assert_eq!(second.held, []);
    let before = first.held.clone();
    first.hold(LONG).await;
    assert_eq!(first.held, before);
}

/// Catches a store where a program that ended in order is waited for.
pub async fn p2_a_node_that_leaves_frees_everything<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let first = Node::of_some(&store, "one", VIEW, FOUR).await;
    let row = declared(&store, declare("two", MANAGER)).await;
    let other = Node::holding(&store, "node-a", &row.of, LONG).await;
    assert_eq!(other.held.len(), 1);
    store.leave(&first.name).await.expect("a node can leave");
    for (of, partitions) in [(&first.of, 4), (&row.of, 1)] {
        let second = hold(&store, &node("node-b"), of, LONG).await;
        let second = second.expect("the generation runs");
        assert_eq!(second.partitions.len(), partitions, "of {of}");
        assert_eq!(
            second.share, partitions,
            "the node that left has no share of {of}"
        );
    }
    expect::stale(first.advance(first.step_of_all(0, 1)).await);
}

/// Catches a store that mixes up the generations of one request.
pub async fn p2_several_generations_are_held_in_one_request<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let mut generations = Vec::new();
    for (name, partitions) in [("one", 1), ("three", 3), ("two", 2)] {
        let declare = cqrs_core::ports::processors::Declare {
            partitions: PartitionCount::from_static(partitions),
            ..declare(name, VIEW)
        };
        generations.push((declared(&store, declare).await.of, usize::from(partitions)));
    }
    let mut asked: Vec<_> = generations.iter().map(|(of, _)| of.clone()).collect();
    asked.push(super::sample::generation("unknown", 1));
    let request = cqrs_core::ports::leases::HoldLeases {
        node: node("node-a"),
        lease: LONG,
        generations: asked,
    };
    let mut holdings = store.hold(request).await.expect("leases can be held");
    holdings.sort_by(|one, other| one.of.cmp(&other.of));
    let held: Vec<_> = holdings
        .iter()
        .map(|one| (one.of.clone(), one.partitions.len()))
        .collect();
    assert_eq!(held, generations, "each that is known, and nothing else");
}

/// Catches a store that lets nodes go on with a generation that was replaced.
pub async fn p2_a_retired_generation_is_held_by_nobody<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let old = Node::of_some(&store, "retired", VIEW, FOUR).await;
    let next = store
        .begin_generation(&old.of.processor, 2, FOUR, StartFrom::Beginning)
        .await;
    let next = next.expect("a generation begins").of;
    assert!(store.switch(&next, at(0)).await.expect("it is switched"));
    assert_eq!(hold(&store, &old.name, &old.of, LONG).await, None);
    assert_eq!(hold(&store, &node("node-b"), &old.of, LONG).await, None);
    let held = hold(&store, &old.name, &next, LONG)
        .await
        .expect("the next one runs");
    assert_eq!(held.partitions.len(), 4);
}

/// Catches a store that shows as owner who is gone.
pub async fn p2_an_owner_is_shown_until_its_lease_ends<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let row = declared(&store, declare("shown", MANAGER)).await;
    let owner = async || {
        let progress = ask::progress(&store, &row.of).await;
        let first = progress.partitions.into_iter().next();
        let first = first.expect("there is a partition");
        (first.owner, first.epoch)
    };
    assert_eq!(owner().await, (None, Epoch::NONE));
    let first = Node::holding(&store, "node-a", &row.of, H::LEASE).await;
    assert_eq!(owner().await, (Some(first.name.clone()), first.epoch()));
    harness.pass(H::LEASE * 2).await;
    assert_eq!(owner().await, (None, first.epoch()), "the lease has ended");
    let second = Node::holding(&store, "node-b", &row.of, LONG).await;
    assert_eq!(owner().await, (Some(second.name.clone()), second.epoch()));
    store.leave(&second.name).await.expect("a node can leave");
    assert_eq!(owner().await, (None, second.epoch()));
}

/// Catches a store whose epochs begin anew: what was written before a restart could then be written again.
pub async fn p2_leases_are_there_after_a_restart<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let first = Node::of_some(&store, "kept", MANAGER, FOUR).await;
    store.leave(&first.name).await.expect("a node can leave");
    let second = Node::holding(&store, "node-b", &first.of, LONG).await;
    let store = harness.restart_read_side().await;
    let third = Node::holding(&store, "node-c", &first.of, LONG).await;
    assert_eq!(third.held, [], "the second one still holds them");
    let mut second = Node {
        store: Arc::clone(&store),
        ..second
    };
    let before = second.held.clone();
    second.hold(LONG).await;
    assert_eq!(second.held, before);
    expect::stale(store.advance(first.step(0, 1)).await);
    expect::done(second.advance(second.step_of_all(0, 1)).await);
}
