//! A2: versions in a stream are 1, 2, 3 … without gaps.

use std::sync::Arc;

use cqrs_core::ports::append::Append;
use cqrs_core::words::stream::StreamId;

use super::harness::StoreHarness;
use super::race::race;
use super::sample::{ANY, account, exact, one, some, stream, version};
use super::{ask, expect};

/// Catches a store that counts appends instead of events, or begins at 0.
pub async fn a2_versions_begin_at_one_and_have_no_gaps<H: StoreHarness>(harness: &H) {
    let (store, stream) = (harness.store(), account("1"));
    let mut given = Vec::new();
    for size in [1, 3, 1, 10, 2] {
        let events = some(size);
        given.extend(events.clone());
        let appended =
            expect::recorded(store.append(Append::to(stream.clone(), ANY, events)).await);
        let after = version(given.len() as u64);
        assert_eq!(
            appended.streams,
            [(stream.clone(), after)],
            "the version after the append"
        );
    }
    let events = ask::stream(&store, &stream).await;
    expect::same_content(&events, &given);
    expect::no_gaps(&events);
}

/// Catches a store that draws versions before it knows that the append succeeds.
pub async fn a2_failed_appends_leave_no_gaps<H: StoreHarness>(harness: &H) {
    let (store, stream) = (harness.store(), account("1"));
    for number in 0..10 {
        expect::recorded(store.append(one(&stream, ANY, 1)).await);
        expect::conflict(store.append(one(&stream, exact(99), 2)).await);
        let two = Append::to(stream.clone(), ANY, some(2)).and_to(account(2), exact(99), some(1));
        expect::conflict(store.append(two).await);
        let events = ask::stream(&store, &stream).await;
        assert_eq!(
            events.len(),
            number + 1,
            "the events after {number} failed appends"
        );
        expect::no_gaps(&events);
    }
}

/// Catches a store that reads the version and writes the next one without a lock in between.
pub async fn a2_racing_appends_leave_no_gaps<H: StoreHarness>(harness: &H) {
    const TASKS: usize = 64;
    let (store, stream) = (harness.store(), account("1"));
    let outcomes = race(TASKS, |task| {
        let (store, stream) = (Arc::clone(&store), stream.clone());
        // Some of them fail in between.
        let expected = if task % 8 == 7 { exact(1_000) } else { ANY };
        async move {
            store
                .append(Append::to(stream, expected, some(1 + task % 3)))
                .await
        }
    })
    .await;
    let mut total = 0;
    for (task, outcome) in outcomes.into_iter().enumerate() {
        if task % 8 == 7 {
            expect::conflict(outcome);
        } else {
            expect::recorded(outcome);
            total += 1 + task % 3;
        }
    }
    let events = ask::stream(&store, &stream).await;
    assert_eq!(
        events.len(),
        total,
        "the events of all appends that succeeded"
    );
    expect::no_gaps(&events);
}

/// Catches a store that answers in an order of its own, or tells the position of the first event.
pub async fn a2_the_outcome_tells_each_stream_with_its_version_and_the_last_position<
    H: StoreHarness,
>(
    harness: &H,
) {
    let store = harness.store();
    let (first, second) = (account("9"), account("1"));
    expect::recorded(store.append(Append::to(second.clone(), ANY, some(4))).await);
    let append = Append::to(first.clone(), ANY, some(3)).and_to(second.clone(), ANY, some(2));
    let appended = expect::recorded(store.append(append).await);
    let expected = [(first, version(3)), (second, version(6))];
    assert_eq!(
        appended.streams, expected,
        "the streams in the order of the append"
    );
    let last = ask::log(&store).await.last().map(|event| event.position);
    assert_eq!(
        Some(appended.position),
        last,
        "the position of the last event"
    );
}

/// Catches a store that compares names by a collation, joins category and key ambiguously, or folds Unicode.
pub async fn a2_streams_whose_names_look_alike_are_apart<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let streams: Vec<StreamId> = vec![
        stream("account", "1"),
        stream("Account", "1"),
        stream("account.a", "1"),
        stream("account_a", "1"),
        stream("account", "01"),
        stream("account", "a"),
        stream("account", "A"),
        stream("account", "a-1"),
        stream("account", "-a"),
        stream("account", "a_"),
        stream("account", "a%"),
        stream("account", "\u{e4}"),
        stream("account", "a\u{308}"),
        stream("account", "ß"),
        stream("account", "ss"),
        stream("account", "K"),
        stream("account", "\u{212a}"),
    ];
    for (number, stream) in streams.iter().enumerate() {
        expect::recorded(
            store
                .append(one(stream, super::sample::NO_STREAM, number))
                .await,
        );
    }
    for (number, stream) in streams.iter().enumerate() {
        let events = ask::stream(&store, stream).await;
        let [event] = events.as_slice() else {
            panic!("stream {stream} should have one event, but has {events:?}")
        };
        assert_eq!(&event.stream, stream, "the stream of the event");
        let payload = format!(r#"{{"number":{number}}}"#);
        assert_eq!(
            event.payload.as_str(),
            payload,
            "the event of stream {stream}"
        );
    }
}
