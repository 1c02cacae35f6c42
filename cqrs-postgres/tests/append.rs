//! Appending, beside what the conformance suite asks of every store.

#[path = "support/events.rs"]
mod events;

use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::ports::read_log::{LogRead, ReadLog};
use cqrs_core::ports::read_stream::{ReadStream, StreamRead};
use cqrs_core::ports::receipts::Receipts;
use cqrs_core::words::filter::Filter;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::{ExpectedVersion, StreamVersion};
use cqrs_postgres::scratch::Scratch;
use events::{event, item, receipt, stream, tagged};

#[tokio::test]
async fn what_is_appended_reads_back_as_it_was_given() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let text =
        "{ \"b\" : 1.0e400, \"a\":\"\\u0000\\ud800\", \"a\": 123456789012345678901234567890 }";
    let mut first = tagged("x", &["t:1", "Ü:\u{1F600}"]);
    first.payload = Payload::from_json(text).unwrap();
    let mut metadata = cqrs_core::words::metadata::Metadata::new()
        .with("user", "\0 Ünï\u{1F600}")
        .unwrap();
    metadata.correlation_id = Some(uuid::Uuid::now_v7().into());
    let first = first.with_metadata(metadata);
    let append = Append::to(
        stream("a-1"),
        ExpectedVersion::NoStream,
        vec![first.clone(), event("y")],
    );
    let AppendOutcome::Recorded(appended) = store.append(append).await.unwrap() else {
        panic!("it has no receipt")
    };
    let page = store
        .read_stream(StreamRead::forward(stream("a-1")))
        .await
        .unwrap();
    assert!(page.is_last);
    let recorded = &page.events[0];
    assert_eq!(recorded.payload.as_str(), text);
    assert_eq!(recorded.metadata, first.metadata);
    assert_eq!(recorded.tags, first.tags);
    assert_eq!(page.events[1].position, appended.position);
    assert_eq!(
        appended.streams,
        [(stream("a-1"), StreamVersion::new(2).unwrap())]
    );
    let log = store
        .read_log(LogRead::after(Position::START))
        .await
        .unwrap();
    assert_eq!(
        (log.events, log.through, log.is_last),
        (page.events, appended.position, true)
    );
}

#[tokio::test]
async fn each_append_of_a_batch_has_an_outcome_of_its_own() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let any = |name: &str| Append::to(stream(name), ExpectedVersion::Any, vec![event("x")]);
    let conflict = Append::to(
        stream("a-2"),
        ExpectedVersion::StreamExists,
        vec![event("x")],
    );
    let twice = any("a-3");
    let mut other = any("a-5");
    other.streams[0].events[0].event_id = twice.streams[0].events[0].event_id;
    let mut broken = any("a-6");
    broken.streams[0].events[0].payload = Payload::from_store("{ truncated");
    let outcomes = store
        .append_batch(vec![
            any("a-1"),
            conflict,
            twice.clone(),
            Append::new(),
            twice,
            other,
            broken,
            any("a-1").unless(Filter::name("x".parse().unwrap()), Position::START),
            Append::new().with_receipt(receipt("k")),
            any("a-4").with_receipt(receipt("k")),
            any("a-1").unless(item(&["y"], &["t"]).into(), Position::START),
        ])
        .await;
    let shown: Vec<_> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Ok(AppendOutcome::Recorded(appended)) => {
                format!("{:?}", appended.streams.first().map(|s| s.1.get()))
            }
            Ok(AppendOutcome::Repeated(_)) => "repeated".into(),
            Err(AppendError::Store(StoreError::Other(_))) => "other".into(),
            Err(error) => error.to_string(),
        })
        .collect();
    assert_eq!(shown[0], "Some(1)");
    assert!(shown[1].contains("is at version 0"), "{}", shown[1]);
    assert_eq!(shown[2], "Some(1)");
    assert!(shown[3].contains("neither"), "{}", shown[3]);
    assert_eq!(shown[4], "Some(1)");
    assert!(shown[5].contains("recorded already"), "{}", shown[5]);
    assert_eq!(shown[6], "other");
    assert!(
        shown[7].contains("fails the append condition"),
        "{}",
        shown[7]
    );
    assert_eq!(shown[8..], ["None", "repeated", "Some(2)"]);
    let log = store
        .read_log(LogRead::after(Position::START))
        .await
        .unwrap();
    assert_eq!(log.events.len(), 3);
    assert_eq!(
        store
            .find_receipt(&"k".parse().unwrap())
            .await
            .unwrap()
            .unwrap()
            .receipt,
        receipt("k")
    );
}
