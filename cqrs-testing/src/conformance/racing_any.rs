//! A5: N racing appends with `Any` record all N.

use std::sync::Arc;

use cqrs_core::ports::append::Append;
use cqrs_core::ports::store::SharedStore;

use super::harness::StoreHarness;
use super::race::race;
use super::sample::{ANY, account, some};
use super::{ask, expect};

/// Catches a store that fails or loses appends which nobody asked it to order.
pub async fn a5_racing_appends_with_any_are_all_recorded<H: StoreHarness>(harness: &H) {
    all_are_recorded(&[harness.store()]).await;
}

/// Catches a store whose processes do not know of each other.
pub async fn a5_racing_appends_with_any_are_all_recorded_across_handles<H: StoreHarness>(
    harness: &H,
) {
    all_are_recorded(&[harness.store(), harness.second_handle().await]).await;
}

async fn all_are_recorded(stores: &[SharedStore]) {
    const TASKS: usize = 64;
    let stream = account("1");
    let given = race(TASKS, |task| {
        let (store, stream) = (Arc::clone(&stores[task % stores.len()]), stream.clone());
        async move {
            let mut ids = Vec::new();
            for size in [1, 3] {
                let events = some(size);
                ids.extend(events.iter().map(|event| event.event_id));
                expect::recorded(store.append(Append::to(stream.clone(), ANY, events)).await);
            }
            ids
        }
    })
    .await;
    let events = ask::stream(&stores[0], &stream).await;
    expect::no_gaps(&events);
    let mut given: Vec<_> = given.into_iter().flatten().collect();
    let mut recorded: Vec<_> = events.iter().map(|event| event.event_id).collect();
    given.sort_unstable();
    recorded.sort_unstable();
    assert!(
        given == recorded,
        "of {} acknowledged events, {} are recorded",
        given.len(),
        recorded.len()
    );
}

/// Catches a store whose appends deadlock when they name the same streams in another order.
pub async fn a5_racing_appends_over_streams_in_opposite_order_are_all_recorded<H: StoreHarness>(
    harness: &H,
) {
    const TASKS: usize = 32;
    let store = harness.store();
    race(TASKS, |task| {
        let store = Arc::clone(&store);
        let (first, second) = if task % 2 == 0 {
            ("1", "2")
        } else {
            ("2", "1")
        };
        let (first, second) = (account(first), account(second));
        async move {
            for _ in 0..4 {
                let append =
                    Append::to(first.clone(), ANY, some(1)).and_to(second.clone(), ANY, some(1));
                expect::recorded(store.append(append).await);
            }
        }
    })
    .await;
    for key in ["1", "2"] {
        let events = ask::stream(&store, &account(key)).await;
        assert_eq!(events.len(), TASKS * 4, "the events of stream {key}");
        expect::no_gaps(&events);
    }
}
