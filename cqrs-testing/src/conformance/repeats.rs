//! A4: the same append again returns the first outcome; the same ids with other content are an error.

use std::sync::Arc;

use cqrs_core::ports::append::Append;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::{EventName, NewEvent, SchemaVersion};
use cqrs_core::words::filter::Filter;
use cqrs_core::words::metadata::Metadata;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::ExpectedVersion;

use super::harness::StoreHarness;
use super::race::race;
use super::sample::{ANY, NO_STREAM, account, exact, numbered, one, payload, some, tag};
use super::{ask, expect};

/// Catches a store that records the events twice, or reports a conflict with itself.
pub async fn a4_the_same_append_again_returns_the_first_outcome<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let exists = ExpectedVersion::StreamExists;
    for (case, expected) in [ANY, NO_STREAM, exact(2), exists].into_iter().enumerate() {
        let stream = account(case);
        let before = if expected == ANY || expected == NO_STREAM {
            0
        } else {
            2
        };
        if before > 0 {
            expect::recorded(
                store
                    .append(Append::to(stream.clone(), NO_STREAM, some(2)))
                    .await,
            );
        }
        let append = Append::to(stream.clone(), expected, some(3));
        let first = expect::recorded(store.append(append.clone()).await);
        for _ in 0..3 {
            let again = expect::recorded(store.append(append.clone()).await);
            assert_eq!(
                again, first,
                "the outcome of the repetition with {expected}"
            );
        }
        let events = ask::stream(&store, &stream).await;
        assert_eq!(
            events.len(),
            before + 3,
            "the events after repetitions with {expected}"
        );
    }
}

fn over_two_streams() -> Append {
    Append::to(account("b"), NO_STREAM, some(2)).and_to(account("a"), ANY, some(3))
}

/// Catches a store that recognises the repetition in the first stream only.
pub async fn a4_the_same_append_again_over_several_streams_returns_the_first_outcome<
    H: StoreHarness,
>(
    harness: &H,
) {
    let store = harness.store();
    again_on(&store, &store).await;
}

/// Appends on one handle and again on the other.
async fn again_on(first_handle: &SharedStore, other: &SharedStore) {
    let append = over_two_streams();
    let first = expect::recorded(first_handle.append(append.clone()).await);
    let again = expect::recorded(other.append(append).await);
    assert_eq!(again, first, "the outcome of the repetition");
    assert_eq!(ask::log(other).await.len(), 5, "the events of the log");
}

/// Catches a store that remembers only the last append of a stream.
pub async fn a4_the_same_append_again_after_other_events_returns_the_first_outcome<
    H: StoreHarness,
>(
    harness: &H,
) {
    let (store, append) = (harness.store(), over_two_streams());
    let first = expect::recorded(store.append(append.clone()).await);
    for number in 0..5 {
        expect::recorded(store.append(one(&account("a"), ANY, number)).await);
        expect::recorded(store.append(one(&account("b"), ANY, number)).await);
    }
    let again = expect::recorded(store.append(append).await);
    assert_eq!(again, first, "the outcome of the repetition");
    assert_eq!(ask::log(&store).await.len(), 15, "the events of the log");
}

/// Catches a store that compares only with what was recorded before the batch.
pub async fn a4_the_same_append_twice_in_a_batch_is_recorded_once<H: StoreHarness>(harness: &H) {
    let (store, append) = (harness.store(), one(&account("1"), NO_STREAM, 1));
    let batch = vec![append.clone(), one(&account("2"), NO_STREAM, 2), append];
    let mut outcomes = store.append_batch(batch).await;
    assert_eq!(outcomes.len(), 3, "one outcome for each append");
    let again = expect::recorded(outcomes.remove(2));
    let first = expect::recorded(outcomes.remove(0));
    assert_eq!(again, first, "the outcome of the repetition");
    assert_eq!(ask::log(&store).await.len(), 2, "the events of the log");
}

/// Catches a store that looks for the ids before it takes the lock.
pub async fn a4_racing_repetitions_are_recorded_once<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    for round in 0..8 {
        let stream = account(round);
        let expected = if round % 2 == 0 { ANY } else { NO_STREAM };
        let append = Append::to(stream.clone(), expected, some(2));
        let outcomes = race(16, |_| {
            let (store, append) = (Arc::clone(&store), append.clone());
            async move { store.append(append).await }
        })
        .await;
        let outcomes: Vec<_> = outcomes.into_iter().map(expect::recorded).collect();
        assert!(
            outcomes.iter().all(|outcome| *outcome == outcomes[0]),
            "all repetitions have the first outcome: {outcomes:?}"
        );
        assert_eq!(
            ask::stream(&store, &stream).await.len(),
            2,
            "the events of the stream"
        );
    }
}

/// Catches a store that lets an append fail on its own events.
pub async fn a4_the_same_append_again_passes_its_own_condition<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let append = one(&account("1"), NO_STREAM, 1).unless(Filter::all(), Position::START);
    let first = expect::recorded(store.append(append.clone()).await);
    let again = expect::recorded(store.append(append).await);
    assert_eq!(again, first, "the outcome of the repetition");
}

/// Catches a store that remembers in its process what it has appended.
pub async fn a4_the_same_append_again_through_another_handle_returns_the_first_outcome<
    H: StoreHarness,
>(
    harness: &H,
) {
    again_on(&harness.store(), &harness.second_handle().await).await;
}

/// Catches a store that forgets what it has appended.
pub async fn a4_the_same_append_again_after_a_restart_returns_the_first_outcome<H: StoreHarness>(
    harness: &H,
) {
    let append = over_two_streams();
    let first = expect::recorded(harness.store().append(append.clone()).await);
    let store = harness.restart().await;
    let again = expect::recorded(store.append(append).await);
    assert_eq!(again, first, "the outcome of the repetition");
    assert_eq!(ask::log(&store).await.len(), 5, "the events of the log");
}

/// Catches a store that compares ids only, or forgets a part of the content in the comparison.
pub async fn a4_the_same_ids_with_other_content_are_an_error<H: StoreHarness>(harness: &H) {
    let (store, stream) = (harness.store(), account("1"));
    let first = numbered(1).with_tags([tag("a")]);
    let second = numbered(2);
    let events = vec![first.clone(), second.clone()];
    expect::recorded(
        store
            .append(Append::to(stream.clone(), NO_STREAM, events))
            .await,
    );
    let metadata = Metadata::new().with("user", "eve").expect("a valid key");
    let mut renamed = second.clone();
    renamed.name = EventName::from_static("account.withdrawn");
    let mut other_payload = second.clone();
    other_payload.payload = payload(r#"{"number":3}"#);
    let mut other_bytes = second.clone();
    other_bytes.payload = payload(r#"{"number": 2}"#);
    let others: Vec<(&str, Vec<NewEvent>)> = vec![
        ("name", vec![first.clone(), renamed]),
        ("payload", vec![first.clone(), other_payload]),
        (
            "white space of the payload",
            vec![first.clone(), other_bytes],
        ),
        (
            "schema version",
            vec![
                first.clone(),
                second
                    .clone()
                    .with_schema_version(SchemaVersion::from_static(2)),
            ],
        ),
        (
            "metadata",
            vec![first.clone(), second.clone().with_metadata(metadata)],
        ),
        ("tags", vec![first.clone().with_tags([]), second.clone()]),
    ];
    for (what, events) in others {
        let ids: Vec<_> = events.iter().map(|event| event.event_id).collect();
        let outcome = store
            .append(Append::to(stream.clone(), NO_STREAM, events))
            .await;
        assert!(
            outcome.is_err(),
            "the same ids with other {what} are an error, not {outcome:?}"
        );
        let reused = expect::reused(outcome);
        assert!(ids.contains(&reused), "the error names one of the ids");
    }
    assert_eq!(ask::log(&store).await.len(), 2, "the events of the log");
}

/// Catches a store whose ids are unique within a stream only.
pub async fn a4_the_same_id_in_another_stream_is_an_error<H: StoreHarness>(harness: &H) {
    let (store, event) = (harness.store(), numbered(1));
    let events = vec![event.clone()];
    expect::recorded(
        store
            .append(Append::to(account("1"), ANY, events.clone()))
            .await,
    );
    let outcome = store.append(Append::to(account("2"), ANY, events)).await;
    assert_eq!(expect::reused(outcome), event.event_id);
    assert_eq!(ask::log(&store).await.len(), 1, "the events of the log");
}

/// Catches a store that answers before it asks what the append expected.
pub async fn a4_the_same_ids_under_another_expectation_are_an_error<H: StoreHarness>(harness: &H) {
    let (store, stream) = (harness.store(), account("1"));
    let append = one(&stream, NO_STREAM, 1);
    expect::recorded(store.append(append.clone()).await);
    for expected in [exact(1), exact(5), ExpectedVersion::StreamExists] {
        let mut other = append.clone();
        other.streams[0].expected = expected;
        expect::reused(store.append(other).await);
    }
    assert_eq!(ask::log(&store).await.len(), 1, "the events of the log");
}

/// Catches a store that drops the events that it knows, or asks only for the first id.
pub async fn a4_a_recorded_id_beside_a_new_one_is_an_error<H: StoreHarness>(harness: &H) {
    let (store, stream, old) = (harness.store(), account("1"), numbered(1));
    expect::recorded(
        store
            .append(Append::to(stream.clone(), NO_STREAM, vec![old.clone()]))
            .await,
    );
    let mixed = [
        Append::to(stream.clone(), NO_STREAM, vec![old.clone(), numbered(2)]),
        Append::to(stream.clone(), ANY, vec![numbered(2), old.clone()]),
        Append::to(stream.clone(), NO_STREAM, vec![old.clone()]).and_to(account("2"), ANY, some(1)),
        Append::to(account("2"), ANY, some(1)).and_to(stream.clone(), NO_STREAM, vec![old.clone()]),
    ];
    for append in mixed {
        assert_eq!(expect::reused(store.append(append).await), old.event_id);
    }
    assert_eq!(ask::log(&store).await.len(), 1, "the events of the log");
}

/// Catches a store that compares sets of ids.
pub async fn a4_the_same_ids_in_another_order_are_an_error<H: StoreHarness>(harness: &H) {
    let (store, mut events) = (harness.store(), some(2));
    expect::recorded(
        store
            .append(Append::to(account("1"), NO_STREAM, events.clone()))
            .await,
    );
    events.reverse();
    expect::reused(
        store
            .append(Append::to(account("1"), NO_STREAM, events))
            .await,
    );
    assert_eq!(ask::log(&store).await.len(), 2, "the events of the log");
}

/// Catches a store that records an id twice when the appends race, or answers one with the other's outcome.
pub async fn a4_racing_appends_that_share_an_id_record_it_once<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    for round in 0..8 {
        let shared = numbered(round);
        let outcomes = race(8, |task| {
            let store = Arc::clone(&store);
            let stream = account(format!("{round}-{task}"));
            let append = Append::to(stream, ANY, vec![shared.clone()]);
            async move { store.append(append).await }
        })
        .await;
        let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(
            won.len(),
            1,
            "of racing appends with the same id, so many were recorded"
        );
        for outcome in lost {
            assert_eq!(expect::reused(outcome), shared.event_id);
        }
    }
    assert_eq!(ask::log(&store).await.len(), 8, "the events of the log");
}
