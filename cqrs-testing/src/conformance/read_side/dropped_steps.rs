//! P1 when futures are dropped, and what readers see meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cqrs_core::ports::advance::{Advance, AdvanceError};

use super::ask;
use super::expect;
use super::harness::ReadSideHarness;
use super::node::Node;
use super::reads::let_others_come_in_between;
use super::sample::{MANAGER, VIEW, command, failed, write};
use crate::conformance::race::race;

/// A step that leaves its number in a document of its own and in one of all, in a parked event and in a command.
fn step(node: &Node, number: u64) -> Advance {
    Advance {
        documents: vec![
            write(format!("{number:03}"), number, number),
            write("last", number, number),
        ],
        parked: vec![failed("parked", number)],
        staged: vec![command(number.into(), "one")],
        ..node.step(number - 1, number)
    }
}

/// Catches a store that writes in several transactions, between which a future is dropped.
pub async fn p1_a_dropped_step_is_recorded_whole_or_not_at_all<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let mut node = Node::alone(&store, "dropped", MANAGER).await;
    for _ in 0..60 {
        let from = node.checkpoint().await.get();
        let longest = Duration::from_micros(fastrand::u64(..3_000));
        drop(tokio::time::timeout(longest, node.advance(step(&node, from + 1))).await);
    }
    // What goes on behind a dropped future comes to its end.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let through = node.checkpoint().await.get();
    let kept = ask::kept(&store, &node.of).await;
    let numbers: Vec<_> = kept.documents.iter().map(ask::number).collect();
    let expected: Vec<_> = (1..=through)
        .chain((through > 0).then_some(through))
        .collect();
    assert_eq!(
        numbers, expected,
        "the documents are those of the steps up to the checkpoint"
    );
    let parked: Vec<_> = kept
        .parked
        .iter()
        .map(|parked| parked.event.position.get())
        .collect();
    assert_eq!(
        parked,
        (1..=through).collect::<Vec<_>>(),
        "the parked events"
    );
    let mut staged = ask::numbers(&kept.staged);
    staged.sort_unstable();
    assert_eq!(
        staged,
        (1..=u128::from(through)).collect::<Vec<_>>(),
        "the commands"
    );
}

/// Catches a store that keeps a lock, or a connection, for a future that is gone.
pub async fn p1_dropped_steps_do_not_hold_others_up<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let mut node = Node::alone(&store, "dropped", MANAGER).await;
    for _ in 0..40 {
        let from = node.checkpoint().await.get();
        let longest = Duration::from_micros(fastrand::u64(..600));
        drop(tokio::time::timeout(longest, node.advance(step(&node, from + 1))).await);
        let next = async {
            loop {
                let from = node.checkpoint().await.get();
                match node.advance(step(&node, from + 1)).await {
                    Ok(()) => return,
                    Err(AdvanceError::Stale { .. }) => {}
                    Err(error) => panic!("a step is recorded or stale, not {error:?}"),
                }
            }
        };
        let next = tokio::time::timeout(Duration::from_secs(5), next).await;
        next.expect("a step after a dropped one is recorded");
    }
}

/// Catches a store that shows one document of a step before the other.
pub async fn p1_a_page_never_shows_half_a_step<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "halves", VIEW).await;
    let is_over = Arc::new(AtomicBool::new(false));
    race(4, |task| {
        let (node, is_over) = (node.clone(), Arc::clone(&is_over));
        async move {
            if task == 0 {
                for number in 1..=60 {
                    let halves = Advance {
                        documents: vec![write("one", number, number), write("two", number, number)],
                        ..node.step(number - 1, number)
                    };
                    expect::done(node.advance(halves).await);
                    let_others_come_in_between(number).await;
                }
                is_over.store(true, Ordering::SeqCst);
                return;
            }
            while !is_over.load(Ordering::SeqCst) {
                let page = ask::page(&node.store, &node.of, "", None, 10).await;
                let numbers: Vec<_> = page.documents.iter().map(ask::number).collect();
                assert!(
                    numbers.is_empty() || (numbers.len() == 2 && numbers[0] == numbers[1]),
                    "a page shows both documents of a step, not {numbers:?}"
                );
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
}
