//! P1: a step is recorded whole, or nothing of it.

use cqrs_core::ports::advance::{Advance, PartitionAdvance};
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::start::StartFrom;

use super::ask::{self, kept};
use super::expect;
use super::harness::ReadSideHarness;
use super::node::Node;
use super::sample::{
    MANAGER, VIEW, at, cancel, command, delete, failed, generation, key, partition, second,
    staged_id, timer, write,
};

/// A step that changes everything that a step can change, on what [`prepared`] has left.
fn everything(step: Advance) -> Advance {
    Advance {
        documents: vec![
            delete("gone", 20),
            write("new", 20, 20),
            write("old", 20, 20),
        ],
        unparked: vec![(key("blocked"), at(3))],
        parked: vec![failed("poisoned", 20)],
        sent: vec![staged_id(1)],
        postponed: vec![cqrs_core::ports::staged::PostponeCommand {
            id: staged_id(2),
            due_at: Some(second(60)),
            attempts: 1,
            error: "not yet".into(),
        }],
        cancelled: vec![cancel("old", "reminder")],
        staged: vec![command(10, "new")],
        ..step
    }
}

/// A node whose processor stands at 10 and has something of everything.
async fn prepared(store: &SharedReadSide) -> Node {
    let node = Node::alone(store, "everything", MANAGER).await;
    let step = Advance {
        documents: vec![write("gone", 1, 1), write("old", 1, 1)],
        parked: vec![failed("blocked", 3)],
        staged: vec![
            command(1, "old"),
            command(2, "old"),
            timer(3, "old", "reminder", second(30)),
        ],
        ..node.step(0, 10)
    };
    expect::done(node.advance(step).await);
    node
}

/// Catches a store that forgets one of the things that a step names.
pub async fn p1_a_step_records_everything_that_it_names<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = prepared(&store).await;
    expect::done(node.advance(everything(node.step(10, 20))).await);
    let kept = kept(&store, &node.of).await;
    assert_eq!(kept.checkpoints, [at(20)], "the checkpoint");
    let documents = kept.documents.iter();
    let documents: Vec<_> = documents
        .map(|document| {
            (
                document.key.as_str(),
                ask::number(document),
                document.position,
            )
        })
        .collect();
    assert_eq!(
        documents,
        [("new", 20, at(20)), ("old", 20, at(20))],
        "the documents that were written, without the one that was deleted"
    );
    let parked: Vec<_> = kept.parked.iter().map(|parked| &parked.event).collect();
    assert_eq!(parked, [&failed("poisoned", 20)], "the parked events");
    assert_eq!(
        ask::numbers(&kept.staged),
        [10, 2],
        "the staged commands: one new, one postponed, without those that were sent or cancelled"
    );
}

/// Catches a store that does not compare the checkpoint, or writes before it does.
pub async fn p1_a_step_from_another_checkpoint_writes_nothing<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = prepared(&store).await;
    let before = kept(&store, &node.of).await;
    for from in [0, 9, 11, 20] {
        let step = everything(node.step(from, 30));
        assert_eq!(expect::stale(node.advance(step).await), partition(0));
        assert_eq!(
            kept(&store, &node.of).await,
            before,
            "after a step from {from}"
        );
    }
}

/// Catches a store for which a partition that has no row is one that fits.
pub async fn p1_a_step_of_an_unknown_partition_writes_nothing<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = prepared(&store).await;
    let before = kept(&store, &node.of).await;
    let unknown = PartitionAdvance {
        partition: partition(1),
        ..node.partition_step(0, 10, 20)
    };
    let mut step = everything(node.step(10, 20));
    step.partitions.push(unknown);
    assert_eq!(expect::stale(node.advance(step).await), partition(1));
    assert_eq!(kept(&store, &node.of).await, before);
}

/// Catches a store that writes for a generation that it does not know.
pub async fn p1_a_step_of_an_unknown_generation_writes_nothing<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = prepared(&store).await;
    let before = kept(&store, &node.of).await;
    for of in [generation("everything", 2), generation("nothing", 1)] {
        let step = Advance {
            of: of.clone(),
            ..everything(node.step(10, 20))
        };
        expect::stale(node.advance(step).await);
        let read = ask::read(&store, &of, "new").await;
        assert_eq!(read.document, None, "nothing is written for {of}");
        assert_eq!(kept(&store, &node.of).await, before);
    }
}

/// Catches a store whose steps outlive their generation.
pub async fn p1_a_step_of_a_dropped_generation_writes_nothing<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let old = Node::alone(&store, "dropped", VIEW).await;
    let next = store
        .begin_generation(
            &old.of.processor,
            2,
            PartitionCount::ONE,
            StartFrom::Beginning,
        )
        .await;
    let next = next.expect("a generation begins").of;
    assert!(store.switch(&next, at(0)).await.expect("it is switched"));
    assert!(store.drop_generation(&old.of).await.expect("it is dropped"));
    let step = Advance {
        documents: vec![write("a", 1, 1)],
        ..old.step(0, 10)
    };
    expect::stale(old.advance(step).await);
    assert_eq!(ask::read(&store, &old.of, "a").await.document, None);
    assert_eq!(ask::documents(&store, &next).await, []);
}

/// Catches a store that moves some partitions of a step, and some not.
pub async fn p1_one_stale_partition_fails_the_step_of_all<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::of_some(&store, "several", MANAGER, PartitionCount::from_static(3)).await;
    expect::done(node.advance(node.step_of(1, 0, 5)).await);
    let before = kept(&store, &node.of).await;
    for stale in 0..3 {
        let mut step = everything(node.step_of_all(0, 10));
        // Partition 1 stands at 5, so only the one that is meant is stale.
        step.partitions[1] = node.partition_step(1, 5, 10);
        step.partitions[stale].from = at(7);
        let named = expect::stale(node.advance(step).await);
        assert_eq!(
            named, node.held[stale].partition,
            "the partition that is named"
        );
        assert_eq!(
            kept(&store, &node.of).await,
            before,
            "partition {stale} was stale"
        );
    }
}

/// Catches a store that moves the first partition of a step.
pub async fn p1_a_step_moves_all_of_its_partitions<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::of_some(&store, "several", VIEW, PartitionCount::DEFAULT).await;
    expect::done(node.advance(node.step_of_all(0, 10)).await);
    let mut other = node.step_of(3, 10, 12);
    other.partitions.push(node.partition_step(5, 10, 11));
    expect::done(node.advance(other).await);
    let mut expected = vec![at(10); 16];
    (expected[3], expected[5]) = (at(12), at(11));
    assert_eq!(ask::checkpoints(&store, &node.of).await, expected);
}

/// Catches a store that takes a step which goes nowhere for one that does nothing.
pub async fn p1_a_step_can_stay_where_it_is<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = prepared(&store).await;
    for number in 1..=3 {
        let step = Advance {
            documents: vec![write("old", number, 1)],
            ..node.step(10, 10)
        };
        expect::done(node.advance(step).await);
        let read = ask::read(&store, &node.of, "old").await;
        assert_eq!(read.document.as_ref().map(ask::number), Some(number));
        assert_eq!(read.checkpoint, at(10));
    }
}

/// Catches a store that does a step again whose reply was lost.
pub async fn p1_a_step_again_is_stale_and_doubles_nothing<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = prepared(&store).await;
    let step = everything(node.step(10, 20));
    expect::done(node.advance(step.clone()).await);
    let after = kept(&store, &node.of).await;
    for _ in 0..3 {
        expect::stale(node.advance(step.clone()).await);
        assert_eq!(kept(&store, &node.of).await, after);
    }
}

/// Catches a store whose processors share documents, parked events, commands or checkpoints.
pub async fn p1_processors_do_not_meet<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = prepared(&store).await;
    let other = Node::alone(&store, "everything.else", MANAGER).await;
    let (own, before) = (kept(&store, &node.of).await, kept(&store, &other.of).await);
    expect::done(node.advance(everything(node.step(10, 20))).await);
    assert_eq!(
        kept(&store, &other.of).await,
        before,
        "the other has not moved"
    );
    let own_after = kept(&store, &node.of).await;
    assert_ne!(own_after, own);
    let step = Advance {
        documents: vec![delete("new", 5), write("old", 7, 5)],
        unparked: vec![(key("poisoned"), at(20))],
        cancelled: vec![cancel("old", None), cancel("new", None)],
        sent: vec![staged_id(10)],
        ..other.step(0, 5)
    };
    expect::done(other.advance(step).await);
    assert_eq!(kept(&store, &node.of).await, own_after, "nor did the first");
}

/// Catches a store that keeps processors in its process.
pub async fn p1_a_step_is_there_after_a_restart<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = prepared(&store).await;
    expect::done(node.advance(everything(node.step(10, 20))).await);
    let before = kept(&store, &node.of).await;
    let store = harness.restart_read_side().await;
    assert_eq!(kept(&store, &node.of).await, before);
}

/// Catches a store that reads from a cache of its own.
pub async fn p1_a_step_is_seen_at_once_through_another_handle<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = prepared(&store).await;
    let other = harness.second_read_side().await;
    for from in 10..30 {
        let step = Advance {
            documents: vec![write("old", from, from)],
            ..node.step(from, from + 1)
        };
        expect::done(node.advance(step).await);
        let expected = kept(&store, &node.of).await;
        assert_eq!(kept(&other, &node.of).await, expected, "after step {from}");
    }
}
