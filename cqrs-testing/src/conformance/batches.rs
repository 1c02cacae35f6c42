//! A batch: independent appends, each with an outcome of its own (A1, A2, A3, A5).

use std::sync::Arc;

use cqrs_core::ports::append::Append;
use cqrs_core::words::event::NewEvent;
use cqrs_core::words::filter::Filter;
use cqrs_core::words::position::Position;

use super::harness::StoreHarness;
use super::race::race;
use super::sample::{ANY, NO_STREAM, account, exact, one, receipt, some, tag, version};
use super::{ask, expect};

/// Catches a store that answers in the order in which its database did.
pub async fn a1_a_batch_has_an_outcome_for_each_append_in_its_order<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    // Falling keys and differing sizes, so that no order but the given one fits.
    let sizes = [3, 1, 2, 5, 4];
    let stream = |index: usize| account(9 - index);
    let append = |(index, size): (usize, &usize)| Append::to(stream(index), NO_STREAM, some(*size));
    let outcomes = store
        .append_batch(sizes.iter().enumerate().map(append).collect())
        .await;
    assert_eq!(outcomes.len(), sizes.len(), "one outcome for each append");
    for (index, outcome) in outcomes.into_iter().enumerate() {
        let appended = expect::recorded(outcome);
        let expected = vec![(stream(index), version(sizes[index] as u64))];
        assert_eq!(appended.streams, expected, "the outcome of append {index}");
        let events = ask::stream(&store, &stream(index)).await;
        let last = events.last().map(|event| event.position);
        assert_eq!(
            last,
            Some(appended.position),
            "the position in outcome {index}"
        );
    }
}

/// Catches a store whose whole batch fails, or is lost, with one append of it.
pub async fn a1_a_failed_append_leaves_the_others_of_its_batch<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let first = one(&account("1"), NO_STREAM, 1);
    let reused = first.streams[0].events[0].clone();
    expect::recorded(store.append(first).await);
    let batch = vec![
        one(&account("2"), NO_STREAM, 2),
        one(&account("1"), NO_STREAM, 3),
        one(&account("3"), NO_STREAM, 4),
        Append::new(),
        one(&account("4"), NO_STREAM, 5).unless(Filter::all(), Position::START),
        one(&account("5"), NO_STREAM, 6),
        Append::to(account("6"), ANY, vec![reused]),
        one(&account("7"), NO_STREAM, 7),
    ];
    let outcomes = store.append_batch(batch).await;
    let outcomes: [_; 8] = outcomes.try_into().expect("one outcome for each append");
    let [a, conflict, b, empty, condition, c, reused, d] = outcomes;
    for outcome in [a, b, c, d] {
        expect::recorded(outcome);
    }
    expect::conflict(conflict);
    expect::invalid(empty);
    expect::condition_failed(condition);
    expect::reused(reused);
    for (key, events) in [
        ("1", 1),
        ("2", 1),
        ("3", 1),
        ("4", 0),
        ("5", 1),
        ("6", 0),
        ("7", 1),
    ] {
        let stream = ask::stream(&store, &account(key)).await;
        assert_eq!(stream.len(), events, "the events of account {key}");
    }
}

/// Catches a store that counts the events of a refused append when it files those behind it.
pub async fn a1_tags_and_receipts_of_a_batch_are_those_of_their_appends<H: StoreHarness>(
    harness: &H,
) {
    let store = harness.store();
    // First with one event each, which a store may write in a shorter way.
    for (round, sizes) in [[1, 1], [2, 3]].into_iter().enumerate() {
        let expected = |place: usize| {
            if place.is_multiple_of(2) {
                exact(9)
            } else {
                NO_STREAM
            }
        };
        let name = |place: usize| format!("{round}.{place}");
        let append = |place: usize| {
            let events = |part: usize| {
                let tags = [
                    tag(&format!("of:{}", name(place))),
                    tag(&format!("part:{}.{part}", name(place))),
                ];
                let event = move |event: NewEvent| event.with_tags(tags.clone());
                some(sizes[part]).into_iter().map(event).collect::<Vec<_>>()
            };
            let stream = |part: usize| account(format!("{}.{part}", name(place)));
            Append::to(stream(0), expected(place), events(0))
                .and_to(stream(1), NO_STREAM, events(1))
                .with_receipt(receipt(name(place), place))
        };
        let outcomes = store.append_batch((0..5).map(append).collect()).await;
        assert_eq!(outcomes.len(), 5);
        for (place, outcome) in outcomes.into_iter().enumerate() {
            let of = Filter::tag(tag(&format!("of:{}", name(place))));
            let tagged = ask::filtered(&store, &of, 100).await;
            let kept = ask::receipt(&store, &name(place)).await;
            if place.is_multiple_of(2) {
                expect::conflict(outcome);
                assert_eq!((tagged.len(), kept), (0, None), "append {place} is refused");
                continue;
            }
            let appended = expect::recorded(outcome);
            let kept = kept.map(|kept| kept.receipt.position);
            assert_eq!(
                kept,
                Some(appended.position),
                "the receipt of append {place}"
            );
            for (part, size) in sizes.into_iter().enumerate() {
                let stream = account(format!("{}.{part}", name(place)));
                let events = ask::stream(&store, &stream).await;
                assert_eq!(events.len(), size, "{stream}");
                let part = Filter::tag(tag(&format!("part:{}.{part}", name(place))));
                assert_eq!(ask::filtered(&store, &part, 100).await, events, "{stream}");
            }
            assert_eq!(
                tagged.len(),
                sizes.iter().sum::<usize>(),
                "the events of append {place}"
            );
        }
    }
}

/// Catches a store that expects at least one append.
pub async fn a1_an_empty_batch_has_no_outcomes<H: StoreHarness>(harness: &H) {
    let outcomes = harness.store().append_batch(Vec::new()).await;
    assert!(
        outcomes.is_empty(),
        "the outcomes of an empty batch: {outcomes:?}"
    );
}

/// Catches a store that checks all appends of a batch against the streams as they were before it.
pub async fn a2_appends_of_a_batch_to_one_stream_follow_each_other<H: StoreHarness>(harness: &H) {
    let (store, stream) = (harness.store(), account("1"));
    let appends = [
        Append::to(stream.clone(), NO_STREAM, some(2)),
        Append::to(stream.clone(), exact(2), some(1)),
        Append::to(stream.clone(), ANY, some(3)),
        Append::to(stream.clone(), exact(6), some(1)),
    ];
    let given: Vec<_> = appends.iter().flat_map(Append::events).cloned().collect();
    let outcomes = store.append_batch(appends.into()).await;
    let versions: Vec<_> = outcomes
        .into_iter()
        .map(|outcome| expect::recorded(outcome).streams[0].1.get())
        .collect();
    assert_eq!(versions, [2, 3, 6, 7], "the versions after each append");
    let events = ask::stream(&store, &stream).await;
    expect::same_content(&events, &given);
    expect::no_gaps(&events);
}

/// Catches a store that lets two appends of one batch both win, or that reports a stale version.
pub async fn a3_an_append_sees_those_before_it_in_its_batch<H: StoreHarness>(harness: &H) {
    let (store, stream) = (harness.store(), account("1"));
    let batch = vec![
        Append::to(stream.clone(), NO_STREAM, some(2)),
        Append::to(stream.clone(), NO_STREAM, some(2)),
        one(&account("2"), ANY, 1).unless(Filter::all(), Position::START),
    ];
    let outcomes: [_; 3] = store
        .append_batch(batch)
        .await
        .try_into()
        .expect("one outcome for each append");
    let [first, second, third] = outcomes;
    expect::recorded(first);
    assert_eq!(
        expect::conflict(second).actual,
        version(2),
        "the actual version"
    );
    expect::condition_failed(third);
    assert_eq!(
        ask::stream(&store, &stream).await.len(),
        2,
        "the events of the stream"
    );
}

/// Catches a store whose batches deadlock, or give up, when they touch the same streams in another order.
pub async fn a5_racing_batches_over_the_same_streams_are_all_recorded<H: StoreHarness>(
    harness: &H,
) {
    const TASKS: usize = 16;
    const STREAMS: usize = 8;
    let store = harness.store();
    let outcomes = race(TASKS, |task| {
        let store = Arc::clone(&store);
        let mut order: Vec<usize> = (0..STREAMS).collect();
        if task % 2 == 1 {
            order.reverse();
        }
        let batch = order.into_iter().map(|key| one(&account(key), ANY, task));
        let batch: Vec<_> = batch.collect();
        async move { store.append_batch(batch).await }
    })
    .await;
    for outcome in outcomes.into_iter().flatten() {
        expect::recorded(outcome);
    }
    for key in 0..STREAMS {
        let events = ask::stream(&store, &account(key)).await;
        assert_eq!(events.len(), TASKS, "the events of stream {key}");
        expect::no_gaps(&events);
    }
}
