//! Each fault does what it says, once, and then the store works again.

use std::time::Duration;

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::ports::read_log::{LogRead, ReadLog};
use cqrs_core::ports::read_stream::{ReadStream, StreamRead};
use cqrs_core::words::event::{EventName, NewEvent, SchemaVersion};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::stream::StreamId;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_memory::Memory;
use cqrs_testing::FaultyStore;
use cqrs_testing::faulty_store::{AppendFault, ReadFault};

const OPENED: EventName = EventName::from_static("account.opened");

fn account() -> StreamId {
    "account-7".parse().expect("a valid stream id")
}

fn opened(json: &str) -> Append {
    let event = NewEvent::new(OPENED, Payload::from_json(json).expect("JSON"));
    Append::to(account(), ExpectedVersion::Any, vec![event])
}

async fn events(store: &FaultyStore) -> usize {
    let page = store.read_stream(StreamRead::forward(account())).await;
    page.expect("no fault is set").events.len()
}

#[tokio::test]
async fn an_append_that_fails_records_nothing() {
    let store = FaultyStore::new(Memory::new());
    store.next_append(AppendFault::Unavailable);
    store.next_append(AppendFault::Retryable);
    let unavailable = store.append(opened("{}")).await.unwrap_err();
    assert!(matches!(
        unavailable,
        AppendError::Store(StoreError::Unavailable(_))
    ));
    let retryable = store.append(opened("{}")).await.unwrap_err();
    assert!(matches!(
        retryable,
        AppendError::Store(StoreError::Retryable(_))
    ));
    assert_eq!((events(&store).await, store.faults_left()), (0, 0));
    store.append(opened("{}")).await.unwrap();
    assert_eq!((events(&store).await, store.appends()), (1, 3));
}

#[tokio::test]
async fn an_append_whose_reply_is_lost_is_recorded() {
    let store = FaultyStore::new(Memory::new());
    store.next_append(AppendFault::LoseReply);
    let batch = vec![opened("{}"), opened("{}")];
    let outcomes = store.append_batch(batch.clone()).await;
    assert!(outcomes.iter().all(Result::is_err) && outcomes.len() == 2);
    assert_eq!(events(&store).await, 2);
    let again = store.append_batch(batch).await;
    assert!(again.iter().all(Result::is_ok));
    assert_eq!(events(&store).await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_delay_comes_before_the_append_or_before_its_reply() {
    let minute = Duration::from_mins(1);
    for (fault, recorded) in [
        (AppendFault::DelayBefore(minute), 0),
        (AppendFault::DelayReply(minute), 1),
    ] {
        let store = FaultyStore::new(Memory::new());
        store.next_append(fault.clone());
        let dropped = tokio::time::timeout(minute / 2, store.append(opened("{}"))).await;
        assert!(dropped.is_err());
        assert_eq!(events(&store).await, recorded, "{fault:?}");
        store.next_append(fault);
        store.append(opened("{}")).await.unwrap();
    }
}

#[tokio::test]
async fn a_read_that_fails_works_again_afterwards() {
    let store = FaultyStore::new(Memory::new());
    store.append(opened("{}")).await.unwrap();
    store.next_reads(2, ReadFault::Unavailable);
    assert!(
        store
            .read_stream(StreamRead::forward(account()))
            .await
            .is_err()
    );
    assert!(
        store
            .read_log(LogRead::after(cqrs_core::words::position::Position::START))
            .await
            .is_err()
    );
    assert_eq!((events(&store).await, store.reads()), (1, 3));
}

#[tokio::test]
async fn a_truncated_payload_is_never_json() {
    for json in [
        "{}",
        r#"{"a":1}"#,
        "[1,2]",
        r#""text""#,
        "12345",
        "1",
        "null",
        "true",
        "  {}  ",
    ] {
        let store = FaultyStore::new(Memory::new());
        store.append(opened(json)).await.unwrap();
        store.next_read(ReadFault::TruncatePayload);
        let page = store
            .read_stream(StreamRead::forward(account()))
            .await
            .unwrap();
        let damaged = page.events[0].payload.as_str();
        assert!(
            Payload::from_json(damaged).is_err(),
            "{json} became {damaged}"
        );
    }
}

#[tokio::test]
async fn the_last_event_of_a_page_comes_back_damaged() {
    let store = FaultyStore::new(Memory::new());
    for _ in 0..2 {
        store.append(opened("{}")).await.unwrap();
    }
    let unknown = EventName::from_static("nobody.knows");
    store.next_read(ReadFault::UnknownName(unknown.clone()));
    store.next_read(ReadFault::SchemaVersion(SchemaVersion::MAX));
    let renamed = store
        .read_stream(StreamRead::forward(account()))
        .await
        .unwrap()
        .events;
    assert_eq!((&renamed[0].name, &renamed[1].name), (&OPENED, &unknown));
    let future = store
        .read_stream(StreamRead::forward(account()))
        .await
        .unwrap()
        .events;
    assert_eq!(future[0].schema_version, SchemaVersion::FIRST);
    assert_eq!(future[1].schema_version, SchemaVersion::MAX);
    let intact = store
        .read_stream(StreamRead::forward(account()))
        .await
        .unwrap()
        .events;
    assert_eq!(intact[1].name, OPENED);
}
