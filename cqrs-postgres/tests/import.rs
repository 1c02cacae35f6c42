//! Imports: what readers and others see of one that is in flight, fails or is slow.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/events.rs"]
mod events;
#[path = "support/until.rs"]
mod until;

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::import::{ImportError, ImportEvent, ImportEvents};
use cqrs_core::ports::read_log::{LogRead, ReadLog};
use cqrs_core::words::position::Position;
use cqrs_core::words::version::{ExpectedVersion, StreamVersion};
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::{Scratch, append_in};
use events::{event, stream};
use sqlx::Executor;

fn import(key: &str, position: u64) -> ImportEvent {
    let position = Position::new(position).unwrap();
    ImportEvent::new(stream(key), StreamVersion::FIRST, event("x")).at(position)
}

fn append(key: &str) -> Append {
    Append::to(stream(key), ExpectedVersion::Any, vec![event("x")])
}

async fn through(store: &Postgres) -> u64 {
    let page = store.read_log(LogRead::after(Position::START)).await;
    page.unwrap().through.get()
}

#[tokio::test]
async fn a_failed_import_moves_no_reader_and_can_be_repeated() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let pool = scratch.pool().await;
    // The second tag breaks the COPY of the tags, when the events are written and the sequence is not.
    pool.execute("ALTER TABLE event_tags ADD CONSTRAINT short CHECK (length(tag) < 5)")
        .await
        .unwrap();
    let chunk = vec![import("a-1", 100), {
        let mut import = import("a-2", 200);
        import.event = import.event.with_tags(["longer".parse().unwrap()]);
        import
    }];
    let error = store.import(chunk.clone()).await.unwrap_err();
    assert!(matches!(error, ImportError::Store(_)), "{error:?}");
    assert_eq!(through(&store).await, 0, "nobody has passed anything");
    pool.execute("ALTER TABLE event_tags DROP CONSTRAINT short")
        .await
        .unwrap();
    assert_eq!(store.import(chunk).await.unwrap().recorded, 2);
    assert_eq!(through(&store).await, 200);
}

/// What `ALTER SEQUENCE` is for: the sequence goes back with its transaction, as a `setval` would not.
#[tokio::test]
async fn an_import_that_is_rolled_back_at_its_end_gives_its_positions_back() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let pool = scratch.pool().await;
    store.append(append("a-1")).await.unwrap();
    let mut transaction = pool.begin().await.unwrap();
    transaction
        .execute("SELECT begin_import(1, 1, '{}', '{}', '{}', '{}'); SELECT end_import(1000)")
        .await
        .unwrap();
    assert_eq!(through(&store).await, 1, "while it is in flight");
    transaction.rollback().await.unwrap();
    assert_eq!(through(&store).await, 1, "and after it has failed");
    store.import(vec![import("a-2", 2)]).await.unwrap();
    assert_eq!(through(&store).await, 2);
}

#[tokio::test]
async fn an_append_waits_for_an_import_and_goes_on_behind_it() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let pool = scratch.pool().await;
    let mut transaction = pool.begin().await.unwrap();
    assert!(
        append_in(&store, &mut transaction, &append("a-1"))
            .await
            .unwrap()
    );
    let importing = tokio::spawn({
        let store = store.clone();
        async move { store.import(vec![import("a-2", 50)]).await }
    });
    until::waits_for_a_lock(&pool, scratch.schema(), "import").await;
    assert!(!importing.is_finished(), "it waits for the append");
    transaction.commit().await.unwrap();
    importing.await.unwrap().unwrap();
    store.append(append("a-3")).await.unwrap();
    let page = store.read_log(LogRead::after(Position::START)).await;
    let places = page.unwrap().events;
    let places: Vec<_> = places.iter().map(|event| event.position.get()).collect();
    assert_eq!(places, [1, 50, 51]);
}
