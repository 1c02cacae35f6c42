//! A1: all events of one append, over all its streams, are recorded, or none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cqrs_core::ports::append::Append;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::NewEvent;
use cqrs_core::words::filter::Filter;
use cqrs_core::words::position::Position;

use super::harness::StoreHarness;
use super::race::race;
use super::sample::{ANY, NO_STREAM, account, exact, named, numbered, one, receipt, some};
use super::{ask, expect};

/// Catches a store that records only the first of several streams.
pub async fn a1_an_append_over_several_streams_is_recorded_whole<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let (first, second, third) = (account("1"), account("2"), account("3"));
    let (of_first, of_second, of_third) = (some(3), some(1), some(2));
    let append = Append::to(first.clone(), NO_STREAM, of_first.clone())
        .and_to(second.clone(), ANY, of_second.clone())
        .and_to(third.clone(), NO_STREAM, of_third.clone());
    expect::recorded(store.append(append).await);
    expect::same_content(&ask::stream(&store, &first).await, &of_first);
    expect::same_content(&ask::stream(&store, &second).await, &of_second);
    expect::same_content(&ask::stream(&store, &third).await, &of_third);
    assert_eq!(ask::log(&store).await.len(), 6, "the events of the log");
}

/// Catches a store that cuts an append into statements of so many rows.
pub async fn a1_an_append_of_many_events_is_recorded_whole<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let (first, second) = (some(1_100), some(1_100));
    let append = Append::to(account("1"), NO_STREAM, first.clone());
    let append = append.and_to(account("2"), NO_STREAM, second.clone());
    expect::recorded(store.append(append).await);
    for (key, given) in [("1", first), ("2", second)] {
        let events = ask::stream(&store, &account(key)).await;
        expect::same_content(&events, &given);
        expect::no_gaps(&events);
    }
    assert_eq!(ask::log(&store).await.len(), 2_200, "the events of the log");
}

/// Catches a store that writes stream by stream and checks each when its turn comes.
pub async fn a1_a_conflict_in_the_last_stream_records_nothing<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    expect::recorded(store.append(one(&account("2"), NO_STREAM, 1)).await);
    let append = Append::to(account("1"), NO_STREAM, some(2))
        .and_to(account("2"), NO_STREAM, some(2))
        .with_receipt(receipt("key", 1));
    expect::conflict(store.append(append).await);
    only_one_event_and_no_receipt(&store).await;
}

/// Catches a store that goes on with the other streams after a conflict.
pub async fn a1_a_conflict_in_the_first_stream_records_nothing<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    expect::recorded(store.append(one(&account("1"), NO_STREAM, 1)).await);
    let append = Append::to(account("1"), exact(7), some(2))
        .and_to(account("2"), NO_STREAM, some(2))
        .with_receipt(receipt("key", 1));
    expect::conflict(store.append(append).await);
    only_one_event_and_no_receipt(&store).await;
}

/// Catches a store that checks the condition after it has written.
pub async fn a1_a_failed_condition_records_nothing<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    expect::recorded(store.append(one(&account("1"), NO_STREAM, 1)).await);
    let append = Append::to(account("2"), NO_STREAM, some(2))
        .and_to(account("3"), NO_STREAM, some(2))
        .unless(Filter::all(), Position::START)
        .with_receipt(receipt("key", 1));
    expect::condition_failed(store.append(append).await);
    only_one_event_and_no_receipt(&store).await;
}

async fn only_one_event_and_no_receipt(store: &SharedStore) {
    let log = ask::log(store).await;
    assert_eq!(
        log.len(),
        1,
        "the failed append recorded something: {log:?}"
    );
    for key in ["2", "3"] {
        let stream = ask::stream(store, &account(key)).await;
        let others: Vec<_> = stream.iter().filter(|event| !log.contains(event)).collect();
        assert!(
            others.is_empty(),
            "the failed append recorded in a stream: {others:?}"
        );
    }
    assert_eq!(
        ask::receipt(store, "key").await,
        None,
        "the receipt of a failed append"
    );
}

/// Catches a store that checks all streams first, and writes when they may have moved.
pub async fn a1_racing_appends_over_several_streams_are_each_whole<H: StoreHarness>(harness: &H) {
    const ROUNDS: usize = 8;
    let store = harness.store();
    for round in 0..ROUNDS {
        let streams = [account(format!("{round}-a")), account(format!("{round}-b"))];
        // All want the first stream as it is; half of them want the second one as well.
        let outcomes = race(8, |task| {
            let (store, [first, second]) = (Arc::clone(&store), streams.clone());
            let second_expected = if task % 2 == 0 { NO_STREAM } else { ANY };
            let append = Append::to(first, NO_STREAM, vec![numbered(task)]).and_to(
                second,
                second_expected,
                vec![numbered(task)],
            );
            async move { store.append(append).await }
        })
        .await;
        let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(won, 1, "appends that won in round {round}: {outcomes:?}");
        let [first, second] = &streams;
        let (first, second) = (
            ask::stream(&store, first).await,
            ask::stream(&store, second).await,
        );
        let contents = |events: &[cqrs_core::words::event::RecordedEvent]| {
            events
                .iter()
                .map(|event| event.payload.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            contents(&first),
            contents(&second),
            "both streams have the events of the winner"
        );
    }
}

/// Catches a store that makes the events of one append visible one after the other.
pub async fn a1_a_reader_never_sees_half_an_append<H: StoreHarness>(harness: &H) {
    const EVENTS: usize = 25;
    let (store, stream) = (harness.store(), account("1"));
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let (store, stream, done) = (Arc::clone(&store), stream.clone(), Arc::clone(&done));
        async move {
            while !done.load(Ordering::Relaxed) {
                let seen = ask::stream(&store, &stream).await.len();
                assert_eq!(
                    seen % EVENTS,
                    0,
                    "a reader saw {seen} events, of appends of {EVENTS} each"
                );
                tokio::task::yield_now().await;
            }
        }
    });
    for _ in 0..20 {
        let events: Vec<NewEvent> = (0..EVENTS).map(|_| named("account.opened")).collect();
        expect::recorded(store.append(Append::to(stream.clone(), ANY, events)).await);
    }
    done.store(true, Ordering::Relaxed);
    reader.await.expect("the reader saw whole appends only");
}
