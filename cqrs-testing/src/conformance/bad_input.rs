//! A8: what is too large or makes no sense is refused before anything is written.

use cqrs_core::ports::append::Append;
use cqrs_core::ports::error::{AppendError, InvalidAppend};
use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::metadata::Metadata;
use cqrs_core::words::payload::Payload;

use super::harness::StoreHarness;
use super::sample::{ANY, account, key, named, numbered, one, payload, receipt, some, tag};
use super::{ask, expect};

/// Catches a store that writes what makes no sense, or refuses it without saying why.
pub async fn a8_an_append_that_makes_no_sense_is_refused<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let (stream, event) = (account("1"), numbered(1));
    let event_id = event.event_id;
    let twice = vec![event.clone(), event.clone()];
    let over_streams = Append::to(account("2"), ANY, vec![event.clone()]);
    let cases = [
        (Append::new(), InvalidAppend::Empty),
        (
            Append::to(stream.clone(), ANY, Vec::new()).with_receipt(receipt("key", 1)),
            InvalidAppend::NoEvents {
                stream: stream.clone(),
            },
        ),
        (
            one(&account("2"), ANY, 1).and_to(stream.clone(), ANY, Vec::new()),
            InvalidAppend::NoEvents {
                stream: stream.clone(),
            },
        ),
        (
            one(&stream, ANY, 1).and_to(stream.clone(), ANY, some(1)),
            InvalidAppend::StreamTwice {
                stream: stream.clone(),
            },
        ),
        (
            Append::to(stream.clone(), ANY, twice),
            InvalidAppend::EventIdTwice { event_id },
        ),
        (
            over_streams.and_to(stream, ANY, vec![event]),
            InvalidAppend::EventIdTwice { event_id },
        ),
        (
            Append::new()
                .with_receipt(receipt("key", 1))
                .with_receipt(receipt("key", 2)),
            InvalidAppend::KeyTwice { key: key("key") },
        ),
    ];
    for (append, reason) in cases {
        assert_eq!(expect::invalid(store.append(append).await), reason);
    }
    nothing_is_written(&store).await;
}

async fn nothing_is_written(store: &SharedStore) {
    let log = ask::log(store).await;
    assert!(
        log.is_empty(),
        "a refused append recorded something: {log:?}"
    );
    let receipt = store
        .find_receipt(&key("key"))
        .await
        .expect("receipts can be read");
    assert_eq!(receipt, None, "the receipt of a refused append");
}

fn small() -> Limits {
    let mut limits = Limits::default();
    limits.payload_bytes = 100;
    limits.metadata_bytes = 50;
    limits.tags_per_event = 2;
    limits.events_per_append = 3;
    limits.receipts_per_append = 2;
    limits.bytes_per_append = 250;
    limits
}

/// An event with so many bytes of payload, bytes of metadata and tags.
fn sized(payload_bytes: usize, metadata_bytes: usize, tags: usize) -> NewEvent {
    let json = format!("\"{}\"", "x".repeat(payload_bytes - 2));
    let tags = (0..tags).map(|number| tag(&format!("number:{number}")));
    let event =
        NewEvent::new(EventName::from_static("account.noted"), payload(&json)).with_tags(tags);
    if metadata_bytes == 0 {
        return event;
    }
    let metadata = Metadata::new().with("k", "v".repeat(metadata_bytes - 1));
    event.with_metadata(metadata.expect("a valid key"))
}

/// Catches a store that checks a limit too late, or not at all.
pub async fn a8_an_append_over_a_limit_is_refused_with_its_name<H: StoreHarness>(harness: &H) {
    let store = harness.store_with_limits(small()).await;
    let to = |events| Append::to(account("1"), ANY, events);
    let mut long_reply = receipt("key", 1);
    long_reply.reply = payload(&format!("\"{}\"", "x".repeat(99)));
    let cases = [
        (
            "payload_bytes",
            to(vec![sized(100, 0, 0), sized(101, 0, 0)]),
        ),
        ("payload_bytes", Append::new().with_receipt(long_reply)),
        ("metadata_bytes", to(vec![sized(2, 51, 0)])),
        ("tags_per_event", to(vec![sized(2, 0, 3)])),
        (
            "receipts_per_append",
            Append::new()
                .with_receipt(receipt(1, 1))
                .with_receipt(receipt(2, 1))
                .with_receipt(receipt(3, 1)),
        ),
        ("events_per_append", to(some(4))),
        (
            "events_per_append",
            to(some(2)).and_to(account("2"), ANY, some(2)),
        ),
        (
            "bytes_per_append",
            to(vec![sized(100, 0, 0), sized(100, 0, 0), sized(51, 0, 0)]),
        ),
        (
            "bytes_per_append",
            to(vec![sized(100, 50, 0), sized(100, 1, 0)]),
        ),
    ];
    for (limit, append) in cases {
        let append = if append.receipts.is_empty() {
            append.with_receipt(receipt("key", 1))
        } else {
            append
        };
        assert_eq!(expect::limited(store.append(append).await), limit);
    }
    nothing_is_written(&store).await;
}

/// Catches a store that is one off at a limit.
pub async fn a8_an_append_at_its_limits_is_recorded<H: StoreHarness>(harness: &H) {
    let store = harness.store_with_limits(small()).await;
    let to = |events| Append::to(account("1"), ANY, events);
    let appends = [
        to(vec![sized(100, 50, 2)]),
        to(some(3)),
        to(vec![sized(100, 0, 0), sized(100, 0, 0), sized(50, 0, 0)]),
    ];
    for append in appends {
        expect::recorded(store.append(append).await);
    }
    assert_eq!(ask::log(&store).await.len(), 7, "the events of the log");
}

/// Catches a store that has no limits unless they are configured.
pub async fn a8_the_default_limits_hold<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let limits = Limits::default();
    let large = sized(limits.payload_bytes + 1, 0, 0);
    let outcome = store
        .append(Append::to(account("1"), ANY, vec![large]))
        .await;
    let Err(AppendError::Limit(exceeded)) = outcome else {
        panic!("the payload exceeds a limit, but the store answered {outcome:?}")
    };
    assert_eq!(exceeded.limit, "payload_bytes");
    assert_eq!(
        (exceeded.actual, exceeded.most),
        (limits.payload_bytes + 1, limits.payload_bytes)
    );
    let many = (0..=limits.events_per_append).map(|_| named("a")).collect();
    let outcome = store.append(Append::to(account("1"), ANY, many)).await;
    assert_eq!(expect::limited(outcome), "events_per_append");
    nothing_is_written(&store).await;
}

/// Catches a store that fails a whole batch for one append over a limit.
pub async fn a8_an_append_over_a_limit_leaves_the_others_of_its_batch<H: StoreHarness>(
    harness: &H,
) {
    let store = harness.store_with_limits(small()).await;
    let batch = vec![
        one(&account("1"), ANY, 1),
        Append::to(account("2"), ANY, some(4)),
        one(&account("3"), ANY, 1),
    ];
    let outcomes = store.append_batch(batch).await;
    let [first, large, last] = <[_; 3]>::try_from(outcomes).expect("one outcome for each append");
    expect::recorded(first);
    assert_eq!(expect::limited(large), "events_per_append");
    expect::recorded(last);
}

/// Catches a store that fails in the middle of writing, or stays unusable after it.
pub async fn a8_what_cannot_be_kept_is_refused_whole<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let odd_payloads = [r#""\ud800""#, r#""\udc00\ud800""#, "1e400", "-1e-400"];
    let mut given: Vec<Append> = odd_payloads
        .into_iter()
        .filter_map(|json| Payload::from_json(json).ok())
        .map(|payload| NewEvent::new(EventName::from_static("account.noted"), payload))
        .map(|event| Append::to(account("1"), ANY, vec![named("account.opened"), event]))
        .collect();
    let mut odd = receipt("key", 1);
    odd.command = "a\0command".into();
    given.push(one(&account("1"), ANY, 1).with_receipt(odd));
    for append in given {
        let before = ask::log(&store).await.len();
        let events: Vec<_> = append.events().cloned().collect();
        let outcome = store.append(append).await;
        let after = ask::log(&store).await;
        match outcome {
            Ok(_) => expect::same_content(&after[before..], &events),
            Err(AppendError::Store(error)) if error.is_transient() => {
                panic!("what can't be kept is not worth a retry: {error:?}")
            }
            Err(_refused) => assert_eq!(after.len(), before, "a refused append recorded something"),
        }
        expect::recorded(store.append(one(&account("2"), ANY, 1)).await);
    }
}
