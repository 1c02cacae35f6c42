//! A7: the same idempotency key returns the stored receipt, also while the first is in flight and after a restart.

use std::time::Duration;

use chrono::{DateTime, Utc};
use cqrs_core::ports::append::{Append, AppendOutcome};
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::filter::Filter;
use cqrs_core::words::position::Position;

use super::harness::StoreHarness;
use super::sample::{ANY, NO_STREAM, account, key, one, payload, receipt, some, version};
use super::{ask, expect};

/// Catches a store that does the request twice, or answers with the receipt of the second.
pub async fn a7_the_same_key_returns_the_stored_receipt<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let first = one(&account("1"), ANY, 1).with_receipt(receipt("key", 100));
    expect::recorded(store.append(first).await);
    let stored = ask::receipt(&store, "key").await;
    let stored = stored.expect("the receipt is there once the append is acknowledged");
    assert_eq!(
        stored.receipt.reply.as_str(),
        "100",
        "the reply of the first request"
    );
    for number in 2..5 {
        // Another request with other events: the key alone says that it is the same.
        let again = one(&account("1"), ANY, number).with_receipt(receipt("key", 200));
        assert_eq!(expect::repeated(store.append(again).await), stored);
    }
    assert_eq!(ask::log(&store).await.len(), 1, "the events of the log");
}

/// Catches a store that reports a conflict with what the same request did before.
pub async fn a7_the_key_counts_before_the_expectation<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let request = |number| {
        one(&account("1"), NO_STREAM, number)
            .unless(Filter::all(), Position::START)
            .with_receipt(receipt("key", 1))
    };
    expect::recorded(store.append(request(1)).await);
    expect::repeated(store.append(request(2)).await);
}

/// Catches a store that keeps the position that the decision had seen.
pub async fn a7_a_receipt_tells_the_position_of_the_last_event<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let append = Append::to(account("1"), ANY, some(3)).with_receipt(receipt("key", 1));
    let appended = expect::recorded(store.append(append).await);
    let stored = ask::receipt(&store, "key")
        .await
        .expect("the receipt is stored");
    assert_eq!(stored.receipt.position, appended.position);
    let again = Append::to(account("1"), ANY, some(1)).with_receipt(receipt("key", 1));
    let again = expect::repeated(store.append(again).await);
    assert_eq!(again.receipt.position, appended.position);
}

/// Catches a store that loses a part of the receipt, or rewrites the reply.
pub async fn a7_a_receipt_is_returned_as_it_was_given<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let replies = [
        "null",
        "{ \"b\" :1.0e2, \"a\":\"\\u0000\",\"a\":2 }",
        "\"\u{1F600}\"",
        "[]",
    ];
    for (number, reply) in replies.into_iter().enumerate() {
        let mut given = receipt(format!("key-{number}"), 0);
        given.reply = payload(reply);
        given.command = format!("Command with 'quotes' and Ünïcode {number}");
        given.stream = (number % 2 == 0).then(|| account("Ünïcode/7"));
        given.version = version(number as u64);
        let append = one(&account("1"), ANY, 1).with_receipt(given.clone());
        given.position = expect::recorded(store.append(append).await).position;
        let stored = ask::receipt(&store, &format!("key-{number}")).await;
        let stored = stored.expect("the receipt is stored");
        assert_eq!(stored.receipt, given);
        let micros = stored.recorded_at.timestamp_subsec_nanos() % 1_000;
        assert_eq!(micros, 0, "`recorded_at` is in whole microseconds");
    }
    assert_eq!(
        ask::receipt(&store, "key").await,
        None,
        "the receipt of a key that nobody used"
    );
}

/// Catches a store that looks at the receipts first: who shares the append without a key could not be told that it is
/// recorded.
pub async fn a7_the_same_append_again_with_its_receipts_returns_the_first_outcome<H>(harness: &H)
where
    H: StoreHarness,
{
    let store = harness.store();
    let append = one(&account("1"), NO_STREAM, 1)
        .with_receipt(receipt("key", 1))
        .with_receipt(receipt("other", 2));
    let appended = expect::recorded(store.append(append.clone()).await);
    assert_eq!(
        expect::recorded(store.append(append.clone()).await),
        appended
    );
    // Also once the receipts are forgotten: the events say that they are recorded (A4).
    forget(&store, tomorrow()).await;
    assert_eq!(expect::recorded(store.append(append).await), appended);
    assert_eq!(ask::log(&store).await.len(), 1, "the events of the log");
}

/// Catches a store that keeps one receipt an append.
pub async fn a7_each_request_of_an_append_has_its_receipt<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let mut append = Append::to(account("1"), NO_STREAM, some(2));
    for number in 1..=3 {
        append = append.with_receipt(receipt(number, number));
    }
    let appended = expect::recorded(store.append(append).await);
    for number in 1..=3 {
        let stored = ask::receipt(&store, &number.to_string()).await;
        let stored = stored.expect("each receipt is stored").receipt;
        assert_eq!(stored.reply.as_str(), number.to_string());
        assert_eq!(stored.position, appended.position);
    }
    // Also without events.
    let alone = Append::new()
        .with_receipt(receipt(4, 4))
        .with_receipt(receipt(5, 5));
    expect::recorded(store.append(alone).await);
    assert!(ask::receipt(&store, "5").await.is_some());
}

/// Catches a store that looks for one of the keys, records the rest of the append, or does not say which was done.
pub async fn a7_one_known_key_of_several_stops_the_append_and_is_told<H: StoreHarness>(
    harness: &H,
) {
    let store = harness.store();
    for number in 1..=2 {
        let append = one(&account("1"), ANY, number).with_receipt(receipt(number, number));
        expect::recorded(store.append(append).await);
    }
    let shared = one(&account("1"), ANY, 3)
        .with_receipt(receipt("new", 3))
        .with_receipt(receipt(2, 30));
    let stored = expect::repeated(store.append(shared).await);
    assert_eq!(
        stored.receipt.reply.as_str(),
        "2",
        "the reply of the first request"
    );
    let mut shared = one(&account("1"), ANY, 3);
    for key in ["2", "newer", "1"] {
        shared = shared.with_receipt(receipt(key, 3));
    }
    let mut keys: Vec<_> = match store.append(shared).await {
        Ok(AppendOutcome::Repeated(stored)) => stored
            .into_iter()
            .map(|stored| stored.receipt.key.to_string())
            .collect(),
        other => panic!("the receipts of two keys should have come back, not {other:?}"),
    };
    keys.sort_unstable();
    assert_eq!(keys, ["1", "2"], "each key that is known");
    for key in ["new", "newer"] {
        assert_eq!(ask::receipt(&store, key).await, None);
    }
    assert_eq!(ask::log(&store).await.len(), 2, "the events of the log");
}

/// Catches a store that needs an event to keep a receipt.
pub async fn a7_a_receipt_can_be_recorded_without_events<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    expect::recorded(store.append(one(&account("1"), ANY, 1)).await);
    let mut given = receipt("key", 5);
    given.position = Position::new(77).expect("a valid position");
    let appended = expect::recorded(
        store
            .append(Append::new().with_receipt(given.clone()))
            .await,
    );
    assert_eq!(
        appended.position,
        Position::START,
        "an append of a receipt alone has no position"
    );
    assert!(appended.streams.is_empty(), "and no streams");
    let stored = ask::receipt(&store, "key")
        .await
        .expect("the receipt is stored");
    assert_eq!(stored.receipt, given, "its own position is kept");
    let again = Append::new().with_receipt(receipt("key", 6));
    assert_eq!(expect::repeated(store.append(again).await), stored);
    assert_eq!(ask::log(&store).await.len(), 1, "the events of the log");
}

/// Catches a store that compares only with what was recorded before the batch.
pub async fn a7_the_same_key_twice_in_a_batch_is_done_once<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let request = |number| one(&account(number), ANY, number).with_receipt(receipt("key", number));
    let mut outcomes = store.append_batch(vec![request(1), request(2)]).await;
    assert_eq!(outcomes.len(), 2, "one outcome for each append");
    let again = expect::repeated(outcomes.remove(1));
    expect::recorded(outcomes.remove(0));
    assert_eq!(
        again.receipt.reply.as_str(),
        "1",
        "the reply of the first request"
    );
    assert_eq!(ask::log(&store).await.len(), 1, "the events of the log");
}

/// Catches a store that keeps receipts apart from the events.
pub async fn a7_a_failed_append_leaves_no_receipt<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let first = one(&account("1"), NO_STREAM, 1);
    let event = first.streams[0].events[0].clone();
    expect::recorded(store.append(first).await);
    let conflicting = one(&account("1"), NO_STREAM, 2).with_receipt(receipt("key", 1));
    expect::conflict(store.append(conflicting).await);
    let meanwhile = one(&account("1"), ANY, 2).unless(Filter::all(), Position::START);
    expect::condition_failed(
        store
            .append(meanwhile.with_receipt(receipt("key", 1)))
            .await,
    );
    let reused = Append::to(account("2"), ANY, vec![event]).with_receipt(receipt("key", 1));
    expect::reused(store.append(reused).await);
    assert_eq!(
        ask::receipt(&store, "key").await,
        None,
        "the receipt of a failed append"
    );
    let good = one(&account("1"), ANY, 3).with_receipt(receipt("key", 1));
    expect::recorded(store.append(good).await);
}

/// Catches a store that keeps receipts in memory.
pub async fn a7_a_receipt_is_there_after_a_restart<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let request = |number| one(&account("1"), ANY, number).with_receipt(receipt("key", number));
    expect::recorded(store.append(request(1)).await);
    let stored = ask::receipt(&store, "key")
        .await
        .expect("the receipt is stored");
    let store = harness.restart().await;
    assert_eq!(ask::receipt(&store, "key").await.as_ref(), Some(&stored));
    assert_eq!(expect::repeated(store.append(request(2)).await), stored);
    assert_eq!(ask::log(&store).await.len(), 1, "the events of the log");
}

/// Catches a store that forgets the receipt and not that it had one, or the events with it.
pub async fn a7_forgotten_keys_can_be_used_again<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    for number in 1..=3 {
        let append = one(&account("1"), ANY, number).with_receipt(receipt(number, number));
        expect::recorded(store.append(append).await);
    }
    assert_eq!(
        forget(&store, tomorrow()).await,
        3,
        "the receipts that were forgotten"
    );
    assert_eq!(forget(&store, tomorrow()).await, 0, "and nothing is left");
    assert_eq!(ask::receipt(&store, "1").await, None);
    let append = one(&account("1"), ANY, 4).with_receipt(receipt("1", 4));
    expect::recorded(store.append(append).await);
    assert_eq!(ask::log(&store).await.len(), 4, "the events of the log");
}

/// Catches a store that forgets all receipts.
pub async fn a7_only_older_receipts_are_forgotten<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let append = |text| one(&account("1"), ANY, 1).with_receipt(receipt(text, 1));
    expect::recorded(store.append(append("old")).await);
    tokio::time::sleep(Duration::from_millis(5)).await;
    expect::recorded(store.append(append("new")).await);
    let new = ask::receipt(&store, "new")
        .await
        .expect("the receipt is stored");
    assert_eq!(new.receipt.key, key("new"));
    assert_eq!(
        forget(&store, DateTime::UNIX_EPOCH).await,
        0,
        "nothing is that old"
    );
    assert_eq!(
        forget(&store, new.recorded_at).await,
        1,
        "the one before that moment"
    );
    assert_eq!(ask::receipt(&store, "old").await, None);
    assert_eq!(ask::receipt(&store, "new").await, Some(new));
}

fn tomorrow() -> DateTime<Utc> {
    Utc::now() + Duration::from_hours(24)
}

async fn forget(store: &SharedStore, before: DateTime<Utc>) -> u64 {
    let forgotten = store.forget_receipts(before).await;
    forgotten.expect("receipts can be forgotten")
}
