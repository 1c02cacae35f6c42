//! P5: what is read is never older than the checkpoint beside it says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cqrs_core::ports::advance::Advance;
use cqrs_core::ports::processors::GenerationState::Live;
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::words::partition::PartitionCount;

use super::ask;
use super::expect;
use super::harness::ReadSideHarness;
use super::node::Node;
use super::sample::{
    MANAGER, VIEW, at, delete, failed, generation, key, partition, waiting, write,
};
use crate::conformance::race::race;

/// Catches a store that reads the document first and the checkpoint afterwards.
pub async fn p5_a_document_is_never_older_than_the_checkpoint_beside_it<H: ReadSideHarness>(
    harness: &H,
) {
    never_older(harness.read_side(), harness.read_side()).await;
}

/// Catches a store that reads documents from a cache, or from a standby that is behind its checkpoints.
pub async fn p5_a_document_is_never_older_through_another_handle<H: ReadSideHarness>(harness: &H) {
    never_older(harness.read_side(), harness.second_read_side().await).await;
}

/// A pause in a writer, now and then a longer one.
pub(super) async fn let_others_come_in_between(number: u64) {
    if number.is_multiple_of(4) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    } else {
        tokio::task::yield_now().await;
    }
}

async fn never_older(writing: SharedReadSide, reading: SharedReadSide) {
    let node = Node::alone(&writing, "fresh", VIEW).await;
    let is_over = Arc::new(AtomicBool::new(false));
    race(4, |task| {
        let (node, is_over) = (node.clone(), Arc::clone(&is_over));
        let reading = Arc::clone(&reading);
        async move {
            if task == 0 {
                for number in 1..=150 {
                    let step = Advance {
                        documents: vec![write("a", number, number)],
                        ..node.step(number - 1, number)
                    };
                    expect::done(node.advance(step).await);
                    let_others_come_in_between(number).await;
                }
                is_over.store(true, Ordering::SeqCst);
                return;
            }
            let mut last = 0;
            while !is_over.load(Ordering::SeqCst) {
                let read = ask::read(&reading, &node.of, "a").await;
                let number = read.document.as_ref().map_or(0, ask::number);
                let checkpoint = read.checkpoint.get();
                assert!(
                    number >= checkpoint,
                    "the checkpoint is {checkpoint}, and the document is as of {number}"
                );
                assert!(number >= last, "a later read shows nothing older");
                last = number;
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
}

/// Catches a store that shows a key as free between its events being parked and replayed: up to the checkpoint each event
/// is in the document, or parked.
pub async fn p5_an_event_is_in_the_document_or_parked<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "blocked", VIEW).await;
    let is_over = Arc::new(AtomicBool::new(false));
    race(4, |task| {
        let (node, is_over) = (node.clone(), Arc::clone(&is_over));
        async move {
            if task == 0 {
                for number in 1..=100 {
                    let parks = Advance {
                        parked: vec![failed("a", number)],
                        ..node.step(number - 1, number)
                    };
                    expect::done(node.advance(parks).await);
                    let_others_come_in_between(number).await;
                    let replays = Advance {
                        documents: vec![write("a", number, number)],
                        unparked: vec![(key("a"), at(number))],
                        ..node.step(number, number)
                    };
                    expect::done(node.advance(replays).await);
                }
                is_over.store(true, Ordering::SeqCst);
                return;
            }
            while !is_over.load(Ordering::SeqCst) {
                let read = ask::read(&node.store, &node.of, "a").await;
                let number = read.document.as_ref().map_or(0, ask::number);
                let blocked = read.blocked.map(|blocked| blocked.event.position.get());
                let checkpoint = read.checkpoint.get();
                assert!(
                    number >= checkpoint || blocked.is_some_and(|position| position <= checkpoint),
                    "up to {checkpoint}: the document is as of {number}, and parked is {blocked:?}"
                );
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
}

/// Catches a store that shows the checkpoint of another partition, or one for all.
pub async fn p5_a_read_shows_the_checkpoint_of_its_partition<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::of_some(&store, "parts", VIEW, PartitionCount::from_static(4)).await;
    for place in 0..4 {
        let through = place as u64 * 10;
        expect::done(node.advance(node.step_of(place, 0, through)).await);
    }
    for number in 0..4 {
        let read = store
            .read_document(&node.of, partition(number), &key("a"))
            .await;
        let read = read.expect("a document can be read");
        assert_eq!(
            read.checkpoint,
            at(u64::from(number) * 10),
            "of partition {number}"
        );
        assert_eq!(
            (read.state, read.blocked, read.document),
            (Some(Live), None, None)
        );
    }
}

/// Catches a store that hides that a key is parked, or why.
pub async fn p5_a_read_says_that_its_key_is_parked<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "parked", MANAGER).await;
    let step = Advance {
        documents: vec![write("a", 3, 3), write("b", 9, 9)],
        parked: vec![failed("a", 4), waiting("a", 5)],
        ..node.step(0, 9)
    };
    expect::done(node.advance(step).await);
    let read = ask::read(&store, &node.of, "a").await;
    let blocked = read.blocked.expect("the key is parked");
    assert_eq!((blocked.event, blocked.request), (failed("a", 4), None));
    assert_eq!(read.document.map(|document| document.position), Some(at(3)));
    let other = ask::read(&store, &node.of, "b").await;
    assert_eq!(other.blocked, None, "another key is not");
    let mut key_alone = ask::read(&store, &node.of, "A").await;
    assert_eq!(key_alone.blocked.take(), None, "nor one that looks alike");
}

/// Catches a store that shows a document which was deleted, or forgets how far the partition has come.
pub async fn p5_a_read_of_no_document_shows_how_far_its_partition_has_come<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let node = Node::alone(&store, "gone", VIEW).await;
    let step = Advance {
        documents: vec![write("a", 1, 1)],
        ..node.step(0, 1)
    };
    expect::done(node.advance(step).await);
    let step = Advance {
        documents: vec![delete("a", 8)],
        ..node.step(1, 8)
    };
    expect::done(node.advance(step).await);
    for text in ["a", "never"] {
        let read = ask::read(&store, &node.of, text).await;
        assert_eq!((read.state, read.checkpoint), (Some(Live), at(8)));
        assert_eq!((read.blocked, read.document), (None, None), "of {text}");
    }
}

/// Catches a store that answers for generations which it does not have.
pub async fn p5_a_read_of_an_unknown_generation_says_so<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "known", VIEW).await;
    let step = Advance {
        documents: vec![write("a", 1, 1)],
        ..node.step(0, 1)
    };
    expect::done(node.advance(step).await);
    for of in [generation("known", 2), generation("nothing", 1)] {
        let read = ask::read(&store, &of, "a").await;
        assert_eq!(
            (read.state, read.blocked, read.document),
            (None, None, None),
            "of {of}"
        );
        let loaded = store.load_documents(&of, &[key("a")]).await;
        assert_eq!(loaded.expect("documents can be loaded"), []);
    }
}
