//! What a conflict uncovers comes with it, in the same round trip.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/events.rs"]
mod events;
#[path = "support/proxy.rs"]
mod proxy;

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::error::AppendError;
use cqrs_core::ports::read_stream::{ReadStream, StreamRead};
use cqrs_core::words::event::{NewEvent, RecordedEvent, SchemaVersion};
use cqrs_core::words::metadata::Metadata;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::stream::StreamId;
use cqrs_core::words::version::{ExpectedVersion, StreamVersion};
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;
use events::{event, stream, tagged};
use proxy::Proxy;
use uuid::Uuid;

async fn recorded(store: &Postgres, stream: &StreamId) -> Vec<RecordedEvent> {
    let page = store.read_stream(StreamRead::forward(stream.clone())).await;
    page.unwrap().events
}

fn exact(version: u64) -> ExpectedVersion {
    ExpectedVersion::Exact(StreamVersion::new(version).unwrap())
}

/// The tail of the conflict that this append must meet.
async fn tail(store: &Postgres, append: Append) -> Vec<RecordedEvent> {
    match store.append(append).await {
        Err(AppendError::Conflict { tail, .. }) => tail,
        other => panic!("this should have been a conflict, not {other:?}"),
    }
}

/// Events with all that an event can have.
fn full() -> Vec<NewEvent> {
    let mut metadata = Metadata::new();
    metadata.correlation_id = Some(Uuid::now_v7().into());
    metadata.causation_id = Some(Uuid::now_v7().into());
    metadata.insert("user", "a\u{0}d \u{1f980}").unwrap();
    let odd = r#"{"b":1,"a":[ 1.0,1e400],"a":"\u0000"}"#;
    vec![
        event("plain"),
        tagged("tagged", &["t:1", "u:2"]),
        NewEvent::new("odd".parse().unwrap(), Payload::from_json(odd).unwrap())
            .with_schema_version(SchemaVersion::new(7).unwrap())
            .with_metadata(metadata),
        event("plain"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_what_the_stream_has_and_costs_no_round_trip() {
    let scratch = Scratch::new();
    let (proxy, builder) = Proxy::before_the_log(&scratch).await;
    let store = builder.connect().await.unwrap();
    let own = stream("own-1");
    let to = |expected, events| Append::to(stream("own-1"), expected, events);
    store
        .append(to(ExpectedVersion::NoStream, full()))
        .await
        .unwrap();
    let there = recorded(&store, &own).await;
    // The kinds that go their own ways: alone; with tags, or as several events; in a batch with others.
    let kinds = [vec![event("one")], vec![tagged("one", &["t"])], full()];
    for _ in 0..2 {
        for (seen, expected) in [(0, ExpectedVersion::NoStream), (1, exact(1)), (3, exact(3))] {
            for events in &kinds {
                let fresh = events.iter().map(|event| {
                    NewEvent::new(event.name.clone(), event.payload.clone())
                        .with_tags(event.tags.iter().cloned())
                });
                let found = tail(&store, to(expected, fresh.collect())).await;
                assert_eq!(found, there[seen..], "after version {seen}");
            }
        }
    }
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    let before = proxy.requests();
    for events in kinds {
        tail(&store, to(exact(2), events)).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    assert_eq!(proxy.requests() - before, 3);
    // One that the stream has not reached yet has no tail.
    assert_eq!(tail(&store, to(exact(9), vec![event("one")])).await, []);
}

#[tokio::test]
async fn each_append_of_a_call_gets_the_tail_of_its_own_stream() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let name = |number: usize| stream(&format!("own-{number}"));
    let some = |count: usize| (0..count).map(|_| event("some")).collect::<Vec<_>>();
    for number in 0..20 {
        let append = Append::to(name(number), ExpectedVersion::Any, some(number + 2));
        store.append(append).await.unwrap();
    }
    let batch = (0..20)
        .map(|number| {
            let other = Append::to(stream(&format!("other-{number}")), exact(0), some(1));
            // Every third one finds what it expects.
            let seen = if number % 3 == 0 { number + 2 } else { 1 };
            other.and_to(name(number), exact(seen as u64), some(1))
        })
        .collect();
    for (number, outcome) in store.append_batch(batch).await.into_iter().enumerate() {
        let there = recorded(&store, &name(number)).await;
        match outcome {
            Ok(_) => assert_eq!((number % 3, there.len()), (0, number + 3)),
            Err(AppendError::Conflict { tail, conflict }) => {
                assert_eq!(
                    (&conflict.stream, tail),
                    (&name(number), there[1..].to_vec())
                );
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn a_large_one_is_cut_after_an_event() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let large = |count: usize| {
        let payload = Payload::from_json(format!("\"{}\"", "x".repeat(100_000))).unwrap();
        let event = || NewEvent::new("large".parse().unwrap(), payload.clone());
        (0..count).map(|_| event()).collect::<Vec<_>>()
    };
    let own = stream("own-1");
    store
        .append(Append::to(own.clone(), ExpectedVersion::Any, large(5)))
        .await
        .unwrap();
    let found = tail(&store, Append::to(own.clone(), exact(1), large(1))).await;
    assert_eq!(found, recorded(&store, &own).await[1..3]);
    // And after so many.
    let many = stream("own-2");
    let some = (0..150).map(|_| event("some")).collect();
    store
        .append(Append::to(many.clone(), ExpectedVersion::Any, some))
        .await
        .unwrap();
    let found = tail(
        &store,
        Append::to(many.clone(), exact(20), vec![event("one")]),
    )
    .await;
    assert_eq!(found, recorded(&store, &many).await[20..120]);
}
