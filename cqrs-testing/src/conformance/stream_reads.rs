//! Reading one stream (A2).

use cqrs_core::ports::append::Append;
use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::read_stream::{StreamPage, StreamRead};
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::version::StreamVersion;

use super::harness::StoreHarness;
use super::sample::{ANY, account, one, some, version};
use super::{ask, expect};

/// Ten events in the stream, and others around them.
async fn with_ten_events<H: StoreHarness>(harness: &H) -> SharedStore {
    let store = harness.store();
    for size in [3, 1, 4, 2] {
        let append = Append::to(account("1"), ANY, some(size)).and_to(account("2"), ANY, some(2));
        expect::recorded(store.append(append).await);
    }
    store
}

async fn read(store: &SharedStore, request: StreamRead) -> StreamPage {
    let page = store.read_stream(request).await;
    page.expect("the stream can be read")
}

fn versions(page: &StreamPage) -> Vec<u64> {
    page.events
        .iter()
        .map(|event| event.version.get())
        .collect()
}

/// Catches a store that loses or doubles the events at the edges of pages, or mixes in other streams.
pub async fn a2_a_stream_is_read_forward_page_by_page<H: StoreHarness>(harness: &H) {
    let store = with_ten_events(harness).await;
    for limit in 1..=11 {
        let (mut seen, mut from) = (Vec::new(), 1);
        loop {
            let request = StreamRead::forward(account("1")).from(version(from));
            let page = read(&store, request.limit(limit)).await;
            assert!(
                page.events.len() <= limit,
                "a page has at most {limit} events"
            );
            assert!(page.events.iter().all(|event| event.stream == account("1")));
            seen.extend(versions(&page));
            if page.is_last {
                break;
            }
            from = seen.last().expect("a page that is not the last has events") + 1;
        }
        assert_eq!(
            seen,
            (1..=10).collect::<Vec<_>>(),
            "forward by pages of {limit}"
        );
    }
}

/// Catches a store that reads backward in rising order, or begins at the wrong end.
pub async fn a2_a_stream_is_read_backward_page_by_page<H: StoreHarness>(harness: &H) {
    let store = with_ten_events(harness).await;
    for limit in 1..=11 {
        let (mut seen, mut from) = (Vec::new(), StreamVersion::MAX);
        loop {
            let request = StreamRead::backward(account("1")).from(from);
            let page = read(&store, request.limit(limit)).await;
            assert!(
                page.events.len() <= limit,
                "a page has at most {limit} events"
            );
            assert!(page.events.iter().all(|event| event.stream == account("1")));
            seen.extend(versions(&page));
            if page.is_last {
                break;
            }
            let last = seen.last().expect("a page that is not the last has events");
            from = version(last - 1);
        }
        assert_eq!(
            seen,
            (1..=10).rev().collect::<Vec<_>>(),
            "backward by pages of {limit}"
        );
    }
}

/// Catches a store that begins one too early or too late, in either direction.
pub async fn a2_a_stream_is_read_from_any_version<H: StoreHarness>(harness: &H) {
    let store = with_ten_events(harness).await;
    let all: Vec<u64> = (1..=10).collect();
    for from in [0, 1, 2, 9, 10, 11, 1_000] {
        let forward = StreamRead::forward(account("1")).from(version(from));
        let expected: Vec<_> = all.iter().copied().filter(|v| *v >= from).collect();
        let page = read(&store, forward).await;
        assert_eq!(versions(&page), expected, "forward from {from}");
        assert!(
            page.is_last,
            "forward from {from}: the page has all there is"
        );
        let backward = StreamRead::backward(account("1")).from(version(from));
        let expected: Vec<_> = all.iter().rev().copied().filter(|v| *v <= from).collect();
        let page = read(&store, backward).await;
        assert_eq!(versions(&page), expected, "backward from {from}");
        assert!(
            page.is_last,
            "backward from {from}: the page has all there is"
        );
    }
    let beyond = StreamRead::forward(account("1")).from(StreamVersion::MAX);
    assert!(
        read(&store, beyond).await.events.is_empty(),
        "forward from the greatest version"
    );
}

/// Catches a store that reports an error, or waits, where there is nothing.
pub async fn a2_a_stream_that_nobody_appended_to_reads_as_empty<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    for request in [
        StreamRead::forward(account("1")),
        StreamRead::backward(account("1")),
    ] {
        let page = read(&store, request).await;
        assert!(
            page.events.is_empty() && page.is_last,
            "an empty last page, not {page:?}"
        );
    }
}

/// Catches a store that takes a full page for an unfinished one, or a short one for the last.
pub async fn a2_a_page_says_whether_it_is_the_last<H: StoreHarness>(harness: &H) {
    let store = with_ten_events(harness).await;
    for (limit, last) in [(1, false), (9, false), (10, true), (11, true)] {
        for request in [
            StreamRead::forward(account("1")),
            StreamRead::backward(account("1")),
        ] {
            let direction = request.direction;
            let page = read(&store, request.limit(limit)).await;
            assert_eq!(
                page.events.len(),
                limit.min(10),
                "{direction:?}, pages of {limit}"
            );
            assert_eq!(
                page.is_last, last,
                "{direction:?}: 10 events, pages of {limit}"
            );
        }
    }
}

/// Catches a store that takes more into memory than it is configured to, or refuses to read.
pub async fn a2_a_page_is_cut_to_the_limit_of_the_store<H: StoreHarness>(harness: &H) {
    with_ten_events(harness).await;
    let mut limits = Limits::default();
    limits.events_per_page = 4;
    let store = harness.store_with_limits(limits).await;
    for request in [
        StreamRead::forward(account("1")),
        StreamRead::backward(account("1")),
    ] {
        let page = read(&store, request).await;
        assert_eq!(page.events.len(), 4, "a page of at most 4 events");
        assert!(!page.is_last, "a page that was cut is not the last");
    }
    let all = ask::stream(&store, &account("1")).await;
    assert_eq!(all.len(), 10, "the events of all pages");
}

/// Catches a store that acknowledges before it has written, or reads from a copy that lags.
pub async fn a2_an_acknowledged_append_is_read_at_once<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    for number in 1..=20 {
        expect::recorded(store.append(one(&account("1"), ANY, number)).await);
        let seen = ask::stream(&store, &account("1")).await.len();
        assert_eq!(
            seen, number,
            "the events after {number} acknowledged appends"
        );
        let seen = ask::log(&store).await.len();
        assert_eq!(seen, number, "the log after {number} acknowledged appends");
    }
}

/// Catches a store that answers from a cache of its own.
pub async fn a2_an_acknowledged_append_is_read_at_once_through_another_handle<H: StoreHarness>(
    harness: &H,
) {
    let (one_handle, other) = (harness.store(), harness.second_handle().await);
    for number in 1..=20 {
        let writer = if number % 2 == 0 { &one_handle } else { &other };
        expect::recorded(writer.append(one(&account("1"), ANY, number)).await);
        for reader in [&one_handle, &other] {
            let seen = ask::stream(reader, &account("1")).await.len();
            assert_eq!(
                seen, number,
                "the events after {number} acknowledged appends"
            );
        }
    }
}

/// Catches a store that keeps in memory what it has acknowledged.
pub async fn a2_a_stream_is_there_after_a_restart<H: StoreHarness>(harness: &H) {
    let before = ask::stream(&with_ten_events(harness).await, &account("1")).await;
    let store = harness.restart().await;
    let after = ask::stream(&store, &account("1")).await;
    assert_eq!(after, before, "the stream after a restart");
    let appended = expect::recorded(store.append(one(&account("1"), ANY, 11)).await);
    assert_eq!(
        appended.streams[0].1,
        version(11),
        "the version goes on after a restart"
    );
}
