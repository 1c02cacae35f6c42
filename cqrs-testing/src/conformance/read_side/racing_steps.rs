//! P1 in races: of the steps from one checkpoint one is recorded, so that nothing is counted twice.

use std::sync::Arc;

use cqrs_core::ports::advance::{Advance, AdvanceError};
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::words::partition::PartitionCount;

use super::ask::{self, documents};
use super::expect;
use super::harness::ReadSideHarness;
use super::node::Node;
use super::sample::{MANAGER, VIEW, at, command, key, staged_id, write};
use crate::conformance::race::race;

/// Catches a store that compares the checkpoint before it takes the lock.
pub async fn p1_one_of_the_racing_steps_wins<H: ReadSideHarness>(harness: &H) {
    one_wins(&[harness.read_side()]).await;
}

/// Catches a store whose lock other processes don't know.
pub async fn p1_one_of_the_racing_steps_wins_across_handles<H: ReadSideHarness>(harness: &H) {
    one_wins(&[harness.read_side(), harness.second_read_side().await]).await;
}

async fn one_wins(stores: &[SharedReadSide]) {
    const TASKS: usize = 24;
    let node = Node::alone(&stores[0], "race", MANAGER).await;
    for round in 0..8 {
        let outcomes = race(TASKS, |task| {
            let store = Arc::clone(&stores[task % stores.len()]);
            let number = task as u64;
            let step = Advance {
                documents: vec![write("winner", number, round + 1)],
                sent: vec![staged_id(u128::from(round))],
                staged: vec![command(u128::from(round + 1), format!("task-{task}"))],
                ..node.step(round, round + 1)
            };
            async move { store.advance(step).await.map(|()| number) }
        })
        .await;
        let winners: Vec<_> = outcomes
            .iter()
            .filter_map(|outcome| outcome.as_ref().ok())
            .collect();
        assert_eq!(
            winners.len(),
            1,
            "steps of round {round} that were recorded"
        );
        for outcome in &outcomes {
            assert!(
                matches!(outcome, Ok(_) | Err(AdvanceError::Stale { .. })),
                "a step that lost is stale, not {outcome:?}"
            );
        }
        let read = ask::read(&stores[0], &node.of, "winner").await;
        assert_eq!(
            read.document.as_ref().map(ask::number),
            winners.first().copied().copied()
        );
        let staged = ask::staged(&stores[0], &node.of).await;
        assert_eq!(
            ask::numbers(&staged),
            [u128::from(round + 1)],
            "commands of round {round}"
        );
        assert_eq!(
            staged[0].key,
            key(format!("task-{}", winners[0])),
            "whose command it is"
        );
    }
}

/// Catches a store that loses or doubles a count when several runners do `+= 1` at the same time.
pub async fn p1_racing_runners_count_every_event_once<H: ReadSideHarness>(harness: &H) {
    const EVENTS: u64 = 60;
    let store = harness.read_side();
    let node = Node::alone(&store, "counter", VIEW).await;
    race(6, |_| {
        let mut node = node.clone();
        async move {
            loop {
                let checkpoint = node.checkpoint().await.get();
                if checkpoint == EVENTS {
                    return;
                }
                let loaded = node.store.load_documents(&node.of, &[key("count")]).await;
                let loaded = loaded.expect("documents can be loaded");
                let count = loaded.first().map_or(0, ask::number);
                let step = Advance {
                    documents: vec![write("count", count + 1, checkpoint + 1)],
                    ..node.step(checkpoint, checkpoint + 1)
                };
                match node.advance(step).await {
                    Ok(()) | Err(AdvanceError::Stale { .. }) => {}
                    Err(error) => panic!("a step is recorded or stale, not {error:?}"),
                }
            }
        }
    })
    .await;
    let read = ask::read(&store, &node.of, "count").await;
    assert_eq!(
        read.document.as_ref().map(ask::number),
        Some(EVENTS),
        "the count"
    );
    assert_eq!(read.checkpoint, at(EVENTS));
}

/// Catches a store whose partitions fail each other.
pub async fn p1_racing_steps_of_different_partitions_are_all_recorded<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let node = Node::of_some(&store, "apart", VIEW, PartitionCount::DEFAULT).await;
    race(16, |place| {
        let node = node.clone();
        async move {
            for from in 0..8 {
                let step = Advance {
                    documents: vec![write(format!("key-{place}"), from + 1, from + 1)],
                    ..node.step_of(place, from, from + 1)
                };
                expect::done(node.advance(step).await);
            }
        }
    })
    .await;
    assert_eq!(ask::checkpoints(&store, &node.of).await, vec![at(8); 16]);
    let documents = documents(&store, &node.of).await;
    assert_eq!(documents.len(), 16);
    assert!(documents.iter().all(|document| ask::number(document) == 8));
}

/// Catches a store that deadlocks, or moves some partitions of one step and some of another.
pub async fn p1_racing_steps_over_the_same_partitions_are_each_whole<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let node = Node::of_some(&store, "overlap", VIEW, PartitionCount::from_static(4)).await;
    for round in 0..6 {
        let outcomes = race(12, |task| {
            let node = node.clone();
            let pair = [task % 4, (task + 1) % 4];
            let mut places = pair.to_vec();
            places.sort_unstable();
            async move {
                let mut step = Advance::new(node.of.clone());
                for place in &places {
                    let partition = node.partition_step(*place, round, round + 1);
                    step.partitions.push(partition);
                    step.documents
                        .push(write(format!("p-{place}"), task as u64, round + 1));
                }
                node.advance(step).await.map(|()| (task as u64, places))
            }
        })
        .await;
        let mut moved = Vec::new();
        for outcome in outcomes {
            match outcome {
                Ok((task, places)) => {
                    for place in places {
                        let read = store
                            .read_document(
                                &node.of,
                                node.held[place].partition,
                                &key(format!("p-{place}")),
                            )
                            .await
                            .expect("a document can be read");
                        assert_eq!(read.document.as_ref().map(ask::number), Some(task));
                        moved.push(place);
                    }
                }
                Err(AdvanceError::Stale { .. }) => {}
                Err(error) => panic!("a step is recorded or stale, not {error:?}"),
            }
        }
        moved.sort_unstable();
        let once = moved.len();
        moved.dedup();
        assert_eq!(moved.len(), once, "a partition is moved by one step");
        assert!(once >= 2, "somebody wins");
        // Those that nobody moved catch up.
        for place in 0..4 {
            if !moved.contains(&place) {
                expect::done(node.advance(node.step_of(place, round, round + 1)).await);
            }
        }
    }
}
