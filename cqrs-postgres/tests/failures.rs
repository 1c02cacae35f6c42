//! Connections that are lost, backends that are killed, futures that are dropped.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/events.rs"]
mod events;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/until.rs"]
mod until;

use std::collections::HashMap;
use std::time::Duration;

use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::ports::read_log::{LogRead, ReadLog};
use cqrs_core::words::position::Position;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::{Scratch, append_in};
use events::{event, stream};
use proxy::{LOSE_ANSWER, LOSE_REQUEST, Proxy};

fn append(name: &str) -> Append {
    Append::to(stream(name), ExpectedVersion::Any, vec![event("x")])
}

async fn recorded(store: &Postgres) -> usize {
    let read = LogRead::after(Position::START).limit(10_000);
    store.read_log(read).await.unwrap().events.len()
}

/// An append that waits for another, and what becomes of it when its backend is ended by this function.
async fn waiting_append_ended_by(function: &str) -> AppendError {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let pool = scratch.pool().await;
    let mut transaction = pool.begin().await.unwrap();
    append_in(&store, &mut transaction, &append("a-1"))
        .await
        .unwrap();
    let waiting = append("a-1");
    let task = tokio::spawn({
        let (store, waiting) = (store.clone(), waiting.clone());
        async move { store.append(waiting).await }
    });
    until::it_waits_and_is_ended_by(function, &pool, scratch.schema(), "append_").await;
    let error = task.await.unwrap().unwrap_err();
    transaction.commit().await.unwrap();
    // The store is usable, and doing it again is safe.
    store.append(waiting).await.unwrap();
    assert_eq!(recorded(&store).await, 2);
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_backend_leaves_the_outcome_unknown() {
    let error = waiting_append_ended_by("pg_terminate_backend").await;
    assert!(
        matches!(error, AppendError::Store(StoreError::Unavailable(_))),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_statement_may_be_tried_again() {
    let error = waiting_append_ended_by("pg_cancel_backend").await;
    assert!(
        matches!(error, AppendError::Store(StoreError::Retryable(_))),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_longer_than_the_lock_timeout_may_be_tried_again() {
    let scratch = Scratch::new();
    for prepared in [true, false] {
        let builder = scratch.builder().lock_timeout(Duration::from_millis(100));
        let store = builder
            .prepared_statements(prepared)
            .connect()
            .await
            .unwrap();
        let pool = scratch.pool().await;
        let mut transaction = pool.begin().await.unwrap();
        append_in(&store, &mut transaction, &append("a-1"))
            .await
            .unwrap();
        let error = store.append(append("a-1")).await.unwrap_err();
        assert!(
            matches!(error, AppendError::Store(StoreError::Retryable(_))),
            "{error:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_lost_at_the_commit_loses_and_doubles_nothing() {
    let scratch = Scratch::new();
    let (proxy, builder) = Proxy::before_the_log(&scratch).await;
    let store = builder.connections(2).connect().await.unwrap();
    store.append(append("warm-1")).await.unwrap();
    for (fault, happened) in [(LOSE_REQUEST, 0), (LOSE_ANSWER, 1)] {
        let before = recorded(&store).await;
        let append = append(&format!("lost-{fault}"));
        // Nothing else that goes through the proxy has this in it.
        proxy.next_with("lost", fault);
        let error = store.append(append.clone()).await.unwrap_err();
        assert!(
            matches!(error, AppendError::Store(StoreError::Unavailable(_))),
            "{error:?}"
        );
        let direct = scratch.store().await;
        // The client hears of the cut before the server is done.
        for _ in 0..1_000 {
            if recorded(&direct).await == before + happened {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(recorded(&direct).await, before + happened, "fault {fault}");
        let AppendOutcome::Recorded(appended) = store.append(append.clone()).await.unwrap() else {
            panic!("it has no receipt")
        };
        let read = LogRead::after(Position::START);
        let log = direct.read_log(read).await.unwrap().events;
        let found: Vec<_> = log
            .iter()
            .filter(|event| event.stream == append.streams[0].stream)
            .collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].position, appended.position);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_futures_leave_each_append_whole_or_absent_and_the_connections_usable() {
    let scratch = Scratch::new();
    let store = scratch.builder().connections(3).connect().await.unwrap();
    let mut kept = 0;
    for number in 0..150_u64 {
        let append = Append::to(
            stream("shared-1"),
            ExpectedVersion::Any,
            vec![event("x"), event("x")],
        )
        .and_to(
            stream(&format!("own-{number}")),
            ExpectedVersion::NoStream,
            vec![event("x")],
        );
        let time = Duration::from_micros(fastrand::u64(0..3_000));
        if let Ok(outcome) = tokio::time::timeout(time, store.append(append)).await {
            outcome.unwrap();
            kept += 1;
        }
        if number % 3 == 0 {
            let read = store.read_log(LogRead::after(Position::START).limit(100));
            let _ = tokio::time::timeout(time, read).await;
        }
    }
    store.append(append("last-1")).await.unwrap();
    until::nothing_is_under_way(&scratch.pool().await, scratch.schema()).await;
    let log = store
        .read_log(LogRead::after(Position::START).limit(10_000))
        .await
        .unwrap()
        .events;
    let mut streams = HashMap::new();
    for event in &log {
        *streams.entry(event.stream.key().to_string()).or_insert(0) += 1;
    }
    let own = log
        .iter()
        .filter(|event| event.stream.category().as_str() == "own")
        .count();
    assert!(own >= kept, "{kept} were acknowledged, {own} are there");
    let shared = log
        .iter()
        .filter(|event| event.stream == stream("shared-1"))
        .count();
    assert_eq!(shared, own * 2);
    assert_eq!(log.len(), own * 3 + 1);
}
