//! R1 at the store: dropping the future of an append at any point neither loses nor doubles anything.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cqrs_core::ports::append::Append;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::EventId;

use super::harness::StoreHarness;
use super::race::race;
use super::sample::{ANY, account, one, receipt, some};
use super::{ask, expect};

/// Each append goes to two streams of its own and to one of all.
fn append(number: usize) -> Append {
    Append::to(account(format!("{number}-a")), ANY, some(2))
        .and_to(account("shared"), ANY, some(1))
        .and_to(account(format!("{number}-b")), ANY, some(2))
        .with_receipt(receipt(number, number))
}

/// Begins every append and drops it after a moment, in tasks of their own.
async fn drop_each(store: &SharedStore, batches: &[Vec<Append>]) {
    race(batches.len(), |number| {
        let (store, batch) = (Arc::clone(store), batches[number].clone());
        let longest = Duration::from_micros(fastrand::u64(..15_000));
        async move {
            tokio::time::timeout(longest, store.append_batch(batch))
                .await
                .is_ok()
        }
    })
    .await;
    // What goes on behind a dropped future comes to its end: the log rests for a while.
    let (mut before, mut rests) = (0, 0);
    while rests < 4 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = ask::log(store).await.len();
        rests = if now == before { rests + 1 } else { 0 };
        before = now;
    }
}

/// How often each event is in the log.
async fn counts(store: &SharedStore) -> HashMap<EventId, usize> {
    let mut counts = HashMap::new();
    for event in ask::log(store).await {
        *counts.entry(event.event_id).or_default() += 1;
    }
    counts
}

async fn whole_or_not_at_all(store: &SharedStore, appends: impl Iterator<Item = &Append>) {
    let counts = counts(store).await;
    for append in appends {
        let ids: Vec<_> = append.events().map(|event| event.event_id).collect();
        let recorded = ids.iter().filter(|id| counts.contains_key(id)).count();
        assert!(
            recorded == 0 || recorded == ids.len(),
            "of the {} events of an append that was dropped, {recorded} are recorded",
            ids.len()
        );
        for given in &append.receipts {
            let stored = ask::receipt(store, given.key.as_str()).await;
            assert_eq!(
                stored.is_some(),
                recorded > 0,
                "the receipt is there exactly when the events are"
            );
        }
    }
    assert!(
        counts.values().all(|count| *count == 1),
        "no event is recorded twice"
    );
}

/// Catches a store that writes in several steps which a dropped future can end in the middle of.
pub async fn r1_a_dropped_append_is_recorded_whole_or_not_at_all<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let batches: Vec<_> = (0..48).map(|number| vec![append(number)]).collect();
    drop_each(&store, &batches).await;
    whole_or_not_at_all(&store, batches.iter().flatten()).await;
}

/// Catches a store that tears the appends of a batch apart.
pub async fn r1_each_append_of_a_dropped_batch_is_recorded_whole_or_not_at_all<H: StoreHarness>(
    harness: &H,
) {
    let store = harness.store();
    let batch = |task: usize| (0..4).map(|number| append(task * 4 + number)).collect();
    let batches: Vec<Vec<_>> = (0..16).map(batch).collect();
    drop_each(&store, &batches).await;
    whole_or_not_at_all(&store, batches.iter().flatten()).await;
}

/// Catches a store that doubles, or refuses, what is asked for again after its future was dropped.
pub async fn r1_dropped_appends_that_are_repeated_are_recorded_once<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let without_receipt = |number| {
        let mut append = append(number);
        append.receipts.clear();
        vec![append]
    };
    let batches: Vec<_> = (0..48).map(without_receipt).collect();
    drop_each(&store, &batches).await;
    for append in batches.iter().flatten() {
        expect::recorded(store.append(append.clone()).await);
    }
    let counts = counts(&store).await;
    assert_eq!(counts.len(), 48 * 5, "every event is recorded");
    assert!(
        counts.values().all(|count| *count == 1),
        "and no event twice"
    );
    expect::no_gaps(&ask::stream(&store, &account("shared")).await);
}

/// Catches a store that keeps a lock, or a connection, for a future that is gone.
pub async fn r1_dropped_appends_do_not_hold_others_up<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    for round in 0..40 {
        let longest = Duration::from_micros(fastrand::u64(..600));
        let _dropped = tokio::time::timeout(longest, store.append(append(round))).await;
        let next = store.append(one(&account("shared"), ANY, round));
        let next = tokio::time::timeout(Duration::from_secs(5), next).await;
        expect::recorded(next.expect("an append after a dropped one is answered"));
    }
}
