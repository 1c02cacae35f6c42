//! P1: an append and its inline read models are one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cqrs_core::ports::append::AppendOutcome;
use cqrs_core::ports::error::AppendError;
use cqrs_core::ports::processors::GenerationState;
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::words::version::ExpectedVersion;

use super::harness::ReadSideHarness;
use super::inline_sample::{
    Counting, append_with, catch_up, counted, counts, deposit, goes_inline, inline, recorded, state,
};
use super::node::{Node, declared};
use super::sample::{LONG, write};
use super::{ask, expect};
use crate::conformance::sample::{account, named, receipt, some};

/// Catches a store that records the events and loses what the read model has made of them, and one that tells it of other
/// events than those that it records.
pub async fn p1_an_append_and_its_read_models_are_recorded_together<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let of = inline(&store, "count").await;
    let counting = Counting::of(std::slice::from_ref(&of));
    let append = deposit(1, 1).and_to(account(2), ExpectedVersion::NoStream, some(2));
    let outcome = append_with(&store, append, &counting).await;
    let Ok(AppendOutcome::Recorded(appended)) = outcome else {
        panic!("the append should have been recorded: {outcome:?}");
    };
    let read = ask::read(&store, &of, "count").await;
    let document = read.document.expect("the read model has written");
    assert_eq!(ask::number(&document), 3);
    assert_eq!(document.position, appended.position);
    assert_eq!(read.state, Some(GenerationState::Inline));
    let told = counting.seen.lock().expect("nobody panics with it").clone();
    let log =
        super::inline_sample::events_after(&store, cqrs_core::words::position::Position::START);
    assert_eq!(told, log.await, "what it was told is what is recorded");
}

/// Catches a store that writes to one of several generations.
pub async fn p1_one_append_writes_several_read_models<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let both = [inline(&store, "count").await, inline(&store, "other").await];
    let counting = Counting::of(&both);
    for number in 0..3 {
        let outcome = append_with(&store, deposit(number, number), &counting).await;
        outcome.expect("the append is recorded");
    }
    for of in &both {
        assert_eq!(counted(&store, of).await, 3, "{of}");
    }
}

/// Catches a store that records what a read model has refused, or keeps what it has written.
pub async fn p1_a_read_model_that_fails_refuses_the_append<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let of = inline(&store, "count").await;
    let counting = Counting::of(std::slice::from_ref(&of));
    let outcome = append_with(&store, deposit(1, 1), &counting).await;
    outcome.expect("the first append is recorded");
    counting.fails.store(true, Ordering::SeqCst);
    match append_with(&store, deposit(1, 2), &counting).await {
        Err(AppendError::ReadModel { processor, .. }) => assert_eq!(processor, of.processor),
        other => panic!("the append should have been refused, and not {other:?}"),
    }
    assert_eq!((recorded(&store).await, counted(&store, &of).await), (1, 1));
    counting.fails.store(false, Ordering::SeqCst);
    let outcome = append_with(&store, deposit(1, 3), &counting).await;
    outcome.expect("the next append is recorded");
    assert_eq!((recorded(&store).await, counted(&store, &of).await), (2, 2));
}

/// Catches a store that writes to the read model what was done before: A4 and A7.
pub async fn p1_an_append_that_was_done_before_is_in_no_read_model_again<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let of = inline(&store, "count").await;
    let counting = Counting::of(std::slice::from_ref(&of));
    let append = deposit(1, 1);
    let first = append_with(&store, append.clone(), &counting).await;
    let again = append_with(&store, append, &counting).await;
    assert_eq!(
        first.expect("it is recorded"),
        again.expect("it was recorded")
    );
    let first = deposit(1, 2).with_receipt(receipt("k", 1));
    let outcome = append_with(&store, first, &counting).await;
    outcome.expect("it is recorded");
    let again = deposit(1, 3).with_receipt(receipt("k", 2));
    let outcome = append_with(&store, again, &counting).await;
    assert!(
        matches!(outcome, Ok(AppendOutcome::Repeated(_))),
        "the key is known: {outcome:?}"
    );
    assert_eq!((recorded(&store).await, counted(&store, &of).await), (2, 2));
    assert_eq!(counting.asked(), 2);
}

/// Catches a store that asks the read models before it has decided about the append.
pub async fn p1_an_append_in_conflict_is_in_no_read_model<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let of = inline(&store, "count").await;
    let counting = Counting::of(std::slice::from_ref(&of));
    let mut append = deposit(1, 1);
    append.streams[0].expected = ExpectedVersion::StreamExists;
    let outcome = append_with(&store, append, &counting).await;
    assert!(
        matches!(outcome, Err(AppendError::Conflict { .. })),
        "{outcome:?}"
    );
    assert_eq!((counting.asked(), counted(&store, &of).await), (0, 0));
}

/// Catches a store that lets two appends write the same document at the same time.
pub async fn p1_racing_appends_are_each_in_the_read_model_once<H: ReadSideHarness>(harness: &H) {
    race(&[harness.read_side()]).await;
}

/// The same through two handles.
pub async fn p1_racing_appends_are_each_in_the_read_model_once_across_handles<
    H: ReadSideHarness,
>(
    harness: &H,
) {
    race(&[harness.read_side(), harness.second_read_side().await]).await;
}

async fn race(stores: &[SharedReadSide]) {
    let of = inline(&stores[0], "count").await;
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8_usize {
        let store = Arc::clone(&stores[task % stores.len()]);
        let counting = Counting::slow(std::slice::from_ref(&of), Duration::from_micros(300));
        tasks.spawn(async move {
            for number in 0..6 {
                let outcome = append_with(&store, deposit(task, number), &counting).await;
                outcome.expect("the append is recorded");
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("a task ends well");
    }
    assert_eq!(
        (recorded(&stores[0]).await, counted(&stores[0], &of).await),
        (48, 48)
    );
}

/// Catches a store that records half of it when nobody waits for the outcome any more.
pub async fn p1_a_dropped_append_with_read_models_is_whole_or_nothing<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let of = inline(&store, "count").await;
    for number in 0..40_u32 {
        let counting = Counting::slow(std::slice::from_ref(&of), Duration::from_micros(500));
        let append = append_with(&store, deposit(1, 1), &counting);
        let moment = Duration::from_micros(u64::from(number) * 100);
        // Whether it ends in time or not.
        let _ = tokio::time::timeout(moment, append).await;
    }
    // What is still on its way comes to its end before this one, which needs the same document.
    let counting = Counting::of(std::slice::from_ref(&of));
    let outcome = append_with(&store, deposit(1, 1), &counting).await;
    outcome.expect("the last append is recorded");
    assert_eq!(counted(&store, &of).await, recorded(&store).await);
}

/// Catches a store that lets runners write what the appends write: events would be in it twice.
pub async fn p1_no_step_writes_what_the_appends_write<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let of = declared(&store, counts("count")).await.of;
    let mut node = Node::holding(&store, "node-a", &of, LONG).await;
    let held_before = node.step(0, 5);
    assert!(goes_inline(&store, &of).await, "there is nothing to see");
    expect::stale(node.advance(held_before).await);
    node.hold(LONG).await;
    if !node.held.is_empty() {
        let from = node.held[0].checkpoint.get();
        let mut step = node.step(from, from + 1);
        step.documents = vec![write("count", 7, from + 1)];
        expect::stale(node.advance(step).await);
    }
    assert_eq!(counted(&store, &of).await, 0);
}

/// Catches a store that does not look whether the read models of an append are those that are inline.
pub async fn p1_an_append_with_other_read_models_is_refused<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let of = inline(&store, "count").await;
    let live = declared(&store, counts("live")).await.of;
    for generations in [vec![], vec![live.clone()], vec![of.clone(), live.clone()]] {
        let counting = Counting::of(&generations);
        let outcome = append_with(&store, deposit(1, 1), &counting).await;
        assert!(
            matches!(outcome, Err(AppendError::OtherReadModels)),
            "{generations:?}: {outcome:?}"
        );
        assert_eq!(counting.asked(), 0, "{generations:?}");
    }
    assert_eq!(recorded(&store).await, 0);
    // An event that it does not read is not its business.
    let other = cqrs_core::ports::append::Append::to(
        account(1),
        ExpectedVersion::Any,
        vec![named("account.renamed")],
    );
    let outcome = append_with(&store, other, &Counting::of(&[])).await;
    outcome.expect("it is recorded");
    assert_eq!(state(&store, &of).await, GenerationState::Inline);
}

/// Catches a store that loses what is appended by a program that knows nothing of the read model, or lets runners begin
/// where the appends did not end.
pub async fn p1_an_append_without_read_models_leaves_them_to_the_runners<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let of = inline(&store, "count").await;
    let counting = Counting::of(std::slice::from_ref(&of));
    for number in 0..3 {
        let outcome = append_with(&store, deposit(1, number), &counting).await;
        outcome.expect("it is recorded");
    }
    let batch = vec![deposit(1, 3), deposit(2, 1), deposit(1, 4)];
    for outcome in store.append_batch(batch).await {
        outcome.expect("it is recorded");
    }
    assert_eq!(state(&store, &of).await, GenerationState::Live);
    let outcome = append_with(&store, deposit(1, 5), &counting).await;
    assert!(
        matches!(outcome, Err(AppendError::OtherReadModels)),
        "{outcome:?}"
    );
    assert_eq!(counted(&store, &of).await, 3);
    assert!(
        !goes_inline(&store, &of).await,
        "three events are not seen yet"
    );
    catch_up(&store, &of).await;
    assert!(goes_inline(&store, &of).await, "it has seen everything");
    let outcome = append_with(&store, deposit(1, 6), &counting).await;
    outcome.expect("it is recorded");
    assert_eq!((recorded(&store).await, counted(&store, &of).await), (7, 7));
}

/// Catches a store that ends what is inline for an append that records nothing.
pub async fn p1_an_append_that_is_refused_leaves_nothing_to_the_runners<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let of = inline(&store, "count").await;
    let mut refused = deposit(1, 1);
    refused.streams[0].expected = ExpectedVersion::StreamExists;
    let outcome = store.append(refused).await;
    assert!(
        matches!(outcome, Err(AppendError::Conflict { .. })),
        "{outcome:?}"
    );
    assert_eq!(state(&store, &of).await, GenerationState::Inline);
    let counting = Counting::of(std::slice::from_ref(&of));
    let known = deposit(1, 1);
    let outcome = append_with(&store, known.clone(), &counting).await;
    outcome.expect("it is recorded");
    let again = store.append(known).await;
    again.expect("it was recorded");
    assert_eq!(state(&store, &of).await, GenerationState::Inline);
}
