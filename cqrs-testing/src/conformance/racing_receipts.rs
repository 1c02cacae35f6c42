//! A7, in races: the same idempotency key returns the stored receipt, also while the first is in flight.

use std::sync::Arc;

use cqrs_core::ports::append::AppendOutcome;
use cqrs_core::ports::error::AppendError;
use cqrs_core::ports::receipts::NewReceipt;
use cqrs_core::ports::store::SharedStore;

use super::harness::StoreHarness;
use super::race::race;
use super::sample::{ANY, account, exact, one, receipt};
use super::{ask, expect};

/// Catches a store that looks for the receipt before it takes the lock.
pub async fn a7_racing_appends_with_one_key_are_done_once<H: StoreHarness>(harness: &H) {
    done_once(&[harness.store()]).await;
}

/// Catches a store that keeps receipts in flight in its own process.
pub async fn a7_racing_appends_with_one_key_are_done_once_across_handles<H: StoreHarness>(
    harness: &H,
) {
    done_once(&[harness.store(), harness.second_handle().await]).await;
}

async fn done_once(handles: &[SharedStore]) {
    const TASKS: usize = 16;
    for round in 0..6 {
        let stream = account(round);
        let outcomes = race(TASKS, |task| {
            let store = Arc::clone(&handles[task % handles.len()]);
            // Each on a stream of its own in half of the rounds, so that no version check helps.
            let stream = if round % 2 == 0 {
                stream.clone()
            } else {
                account(format!("{round}-{task}"))
            };
            let append = one(&stream, ANY, task).with_receipt(receipt(round, task));
            async move { store.append(append).await }
        })
        .await;
        let stored = ask::receipt(&handles[0], &round.to_string()).await;
        let stored = stored.expect("the receipt is stored");
        let (mut done, mut again) = (0, 0);
        for (task, outcome) in outcomes.into_iter().enumerate() {
            match outcome {
                Ok(AppendOutcome::Recorded(_)) => {
                    done += 1;
                    let reply = stored.receipt.reply.as_str();
                    assert_eq!(
                        reply,
                        task.to_string(),
                        "the reply is that of the request that was done"
                    );
                }
                other => {
                    again += 1;
                    assert_eq!(expect::repeated(other), stored);
                }
            }
        }
        assert_eq!(
            (done, again),
            (1, TASKS - 1),
            "requests that were done, and repeated"
        );
        let log = ask::log(&handles[0]).await;
        assert_eq!(log.len(), round + 1, "the events of the log");
    }
}

/// Catches a store that takes one request for another.
pub async fn a7_racing_appends_with_different_keys_are_all_done<H: StoreHarness>(harness: &H) {
    const TASKS: usize = 32;
    let store = harness.store();
    let outcomes = race(TASKS, |task| {
        let store = Arc::clone(&store);
        let append = one(&account("1"), ANY, task).with_receipt(receipt(task, task));
        async move { store.append(append).await }
    })
    .await;
    for (task, outcome) in outcomes.into_iter().enumerate() {
        let appended = expect::recorded(outcome);
        let stored = ask::receipt(&store, &task.to_string()).await;
        let NewReceipt {
            reply, position, ..
        } = stored.expect("the receipt is stored").receipt;
        assert_eq!(
            (reply.as_str(), position),
            (task.to_string().as_str(), appended.position)
        );
    }
    assert_eq!(
        ask::stream(&store, &account("1")).await.len(),
        TASKS,
        "the events of the stream"
    );
}

/// Catches a store that reserves the key for an append which then fails, or answers others with its failure.
pub async fn a7_a_request_that_fails_in_flight_does_not_use_its_key<H: StoreHarness>(harness: &H) {
    const TASKS: usize = 16;
    let store = harness.store();
    for round in 0..6 {
        let outcomes = race(TASKS, |task| {
            let store = Arc::clone(&store);
            let expected = if task % 2 == 0 { ANY } else { exact(1_000) };
            let append = one(&account(round), expected, task).with_receipt(receipt(round, task));
            async move { store.append(append).await }
        })
        .await;
        let mut done = 0;
        for (task, outcome) in outcomes.into_iter().enumerate() {
            match outcome {
                Ok(AppendOutcome::Recorded(_)) => done += 1,
                Ok(AppendOutcome::Repeated(_)) => {}
                Err(AppendError::Conflict { .. }) if task % 2 == 1 => {}
                other => panic!("request {task} can't have been answered {other:?}"),
            }
        }
        assert_eq!(done, 1, "requests that were done");
        let events = ask::stream(&store, &account(round)).await;
        assert_eq!(events.len(), 1, "the events of the stream");
    }
}
