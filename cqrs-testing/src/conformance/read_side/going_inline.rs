//! P4: how generations become inline, and are replaced.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cqrs_core::ports::error::AppendError;
use cqrs_core::ports::processors::GenerationState;
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::start::StartFrom;
use cqrs_core::words::version::ExpectedVersion;

use super::harness::ReadSideHarness;
use super::inline_sample::{
    Counting, append_with, catch_up, counted, counts, deposit, goes_inline, inline, recorded, state,
};
use super::node::{Node, declared};
use super::sample::{LONG, failed};
use super::{ask, expect};
use crate::conformance::sample::{account, named};

/// Catches a store that makes inline what has not seen everything: what is missing would never come.
pub async fn p4_a_generation_goes_inline_when_it_has_seen_everything<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let appended = store.append(deposit(1, 1)).await;
    appended.expect("it is recorded");
    let of = declared(&store, counts("count")).await.of;
    assert_eq!(state(&store, &of).await, GenerationState::Building);
    assert!(!goes_inline(&store, &of).await, "one event is not seen yet");
    assert_eq!(state(&store, &of).await, GenerationState::Building);
    catch_up(&store, &of).await;
    // One that it does not read may be unseen.
    let other = cqrs_core::ports::append::Append::to(
        account(1),
        ExpectedVersion::Any,
        vec![named("account.renamed")],
    );
    let appended = store.append(other).await;
    appended.expect("it is recorded");
    assert!(goes_inline(&store, &of).await, "it has seen what it reads");
    assert_eq!(state(&store, &of).await, GenerationState::Inline);
    assert!(goes_inline(&store, &of).await, "it is inline already");
    let running = store.declare(counts("count")).await;
    let running = running.expect("it can be declared again");
    let live = running.live.expect("what is inline is read");
    assert_eq!((live.of, live.state), (of, GenerationState::Inline));
}

/// Catches a store that makes inline what has parked events: later events of their keys would not wait behind them.
pub async fn p4_a_generation_with_parked_events_does_not_go_inline<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let appended = store.append(deposit(1, 1)).await;
    appended.expect("it is recorded");
    let node = Node::alone(&store, "count", super::sample::VIEW).await;
    let end = store.end_of_log().await.expect("the end can be read");
    let mut step = node.step(0, end.get());
    step.parked = vec![failed("count", end.get())];
    expect::done(node.advance(step).await);
    assert!(!goes_inline(&store, &node.of).await, "an event is parked");
    let mut step = node.step(end.get(), end.get());
    step.unparked = vec![(super::sample::key("count"), end)];
    expect::done(node.advance(step).await);
    assert!(
        goes_inline(&store, &node.of).await,
        "nothing is parked any more"
    );
}

/// Catches a store that makes inline what was replaced, or is not there.
pub async fn p4_what_was_replaced_does_not_go_inline<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let first = inline(&store, "count").await;
    let next = rebuilt(&store, &first).await;
    assert!(goes_inline(&store, &next).await, "there is nothing to see");
    assert_eq!(state(&store, &first).await, GenerationState::Retired);
    assert!(!goes_inline(&store, &first).await, "it was replaced");
    let unknown = super::sample::generation("unknown", 1);
    assert!(!goes_inline(&store, &unknown).await, "nobody knows it");
    let counting = Counting::of(std::slice::from_ref(&first));
    let outcome = append_with(&store, deposit(1, 1), &counting).await;
    assert!(
        matches!(outcome, Err(AppendError::OtherReadModels)),
        "{outcome:?}"
    );
}

async fn rebuilt(store: &SharedReadSide, of: &GenerationId) -> GenerationId {
    let begun = store
        .begin_generation(&of.processor, 1, PartitionCount::ONE, StartFrom::Beginning)
        .await;
    begun.expect("a generation begins").of
}

/// Catches a store in which an append is in neither generation, or in one of them twice, when one replaces the other.
pub async fn p4_racing_appends_are_in_the_next_generation_once<H: ReadSideHarness>(harness: &H) {
    replace_while_appending(&[harness.read_side()]).await;
}

/// The same through two handles.
pub async fn p4_racing_appends_are_in_the_next_generation_once_across_handles<
    H: ReadSideHarness,
>(
    harness: &H,
) {
    replace_while_appending(&[harness.read_side(), harness.second_read_side().await]).await;
}

async fn replace_while_appending(stores: &[SharedReadSide]) {
    let mut of = inline(&stores[0], "count").await;
    let is_over = Arc::new(AtomicBool::new(false));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..3_usize {
        let store = Arc::clone(&stores[writer % stores.len()]);
        let is_over = Arc::clone(&is_over);
        writers.spawn(async move {
            let mut number = 0;
            while !is_over.load(Ordering::SeqCst) {
                number += 1;
                if writer == 2 && number % 5 == 0 {
                    // A program that knows nothing of the read model.
                    let outcome = store.append(deposit(writer, number)).await;
                    outcome.expect("it is recorded");
                } else {
                    append_as_it_is(&store, writer, number).await;
                }
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        });
    }
    for round in 0..3 {
        let next = rebuilt(&stores[0], &of).await;
        let until = tokio::time::Instant::now() + super::application::PATIENCE;
        loop {
            // The runner goes on while the store waits for it.
            let (gone, ()) = tokio::join!(goes_inline(&stores[0], &next), async {
                for _ in 0..5 {
                    try_to_catch_up(&stores[stores.len() - 1], &next).await;
                    tokio::time::sleep(std::time::Duration::from_millis(3)).await;
                }
            });
            if gone {
                break;
            }
            assert!(
                tokio::time::Instant::now() < until,
                "round {round}: it catches up"
            );
        }
        assert_eq!(state(&stores[0], &of).await, GenerationState::Retired);
        of = next;
    }
    is_over.store(true, Ordering::SeqCst);
    while let Some(ended) = writers.join_next().await {
        ended.expect("a writer ends well");
    }
    if state(&stores[0], &of).await == GenerationState::Live {
        catch_up(&stores[0], &of).await;
    }
    assert_eq!(
        counted(&stores[0], &of).await,
        recorded(&stores[0]).await,
        "each event is in it once"
    );
}

/// As the runtime does it: with what is inline now.
async fn append_as_it_is(store: &SharedReadSide, writer: usize, number: usize) {
    let append = deposit(writer, number);
    loop {
        let running = store.progress(None).await.expect("it can be read");
        let inline: Vec<_> = running
            .into_iter()
            .filter(|progress| progress.row.state == GenerationState::Inline)
            .map(|progress| progress.row.of)
            .collect();
        match append_with(store, append.clone(), &Counting::of(&inline)).await {
            Ok(_) => return,
            Err(AppendError::OtherReadModels) => {}
            Err(error) => panic!("the append should be recorded: {error:?}"),
        }
    }
}

/// Unless it is inline by now.
async fn try_to_catch_up(store: &SharedReadSide, of: &GenerationId) {
    let node = Node::holding(store, "runner", of, LONG).await;
    let Some(held) = node.held.first() else {
        return;
    };
    let events = super::inline_sample::events_after(store, held.checkpoint).await;
    let Some(last) = events.last().map(|event| event.position) else {
        return;
    };
    let count = counted(store, of).await + events.len() as u64;
    let mut step = node.step(held.checkpoint.get(), last.get());
    step.documents = vec![super::sample::write("count", count, last.get())];
    // It may be inline by now.
    let _ = node.advance(step).await;
}

/// Catches a store that switches to an ordinary generation which has not seen what is in the inline one.
pub async fn p4_nothing_is_read_that_is_behind_the_inline_one<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let first = inline(&store, "count").await;
    let counting = Counting::of(std::slice::from_ref(&first));
    let outcome = append_with(&store, deposit(1, 1), &counting).await;
    outcome.expect("it is recorded");
    let next = rebuilt(&store, &first).await;
    let switched = store.switch(&next, super::sample::at(0)).await;
    assert!(!switched.expect("it can be asked"), "it has seen nothing");
    catch_up(&store, &next).await;
    let switched = store.switch(&next, super::sample::at(0)).await;
    assert!(switched.expect("it can be asked"), "it has seen everything");
    assert_eq!(state(&store, &next).await, GenerationState::Live);
    let checkpoint = ask::checkpoints(&store, &first).await[0];
    let end = store.end_of_log().await.expect("the end can be read");
    assert_eq!(
        checkpoint, end,
        "the replaced one stands where its appends ended"
    );
}

/// Catches a store that keeps what is inline in its process.
pub async fn p4_what_is_inline_is_so_after_a_restart<H: ReadSideHarness>(harness: &H) {
    let of = {
        let store = harness.read_side();
        let of = inline(&store, "count").await;
        let counting = Counting::of(std::slice::from_ref(&of));
        let outcome = append_with(&store, deposit(1, 1), &counting).await;
        outcome.expect("it is recorded");
        of
    };
    let store = harness.restart_read_side().await;
    assert_eq!(state(&store, &of).await, GenerationState::Inline);
    assert_eq!(counted(&store, &of).await, 1);
    let without = append_with(&store, deposit(1, 2), &Counting::of(&[])).await;
    assert!(
        matches!(without, Err(AppendError::OtherReadModels)),
        "{without:?}"
    );
    let counting = Counting::of(std::slice::from_ref(&of));
    let outcome = append_with(&store, deposit(1, 2), &counting).await;
    outcome.expect("it is recorded");
    assert_eq!(counted(&store, &of).await, 2);
}
