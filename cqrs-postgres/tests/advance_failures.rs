//! Connections that are lost, backends that are killed, futures that are dropped: an advance is there whole, or not at
//! all, and what is done again after that counts once.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/processors.rs"]
mod processors;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/until.rs"]
mod until;

use std::time::Duration;

use cqrs_core::ports::advance::{Advance, AdvanceError, AdvanceProcessors};
use cqrs_core::ports::documents::Documents;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::leases::{HoldLeases, Holding, Leases};
use cqrs_core::ports::processors::{ProcessorKind, Processors};
use cqrs_core::ports::transactions::Transactions;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;
use processors::{LEASE, at, declare, hold, key, node, of, part, step, write};
use proxy::{LOSE_ANSWER, LOSE_REQUEST, PASS, Proxy};
use sqlx::{AssertSqlSafe, Executor, Row};

async fn view(store: &Postgres, partitions: u16) -> Holding {
    let declare = declare("view", ProcessorKind::View, partitions);
    store.declare(declare).await.unwrap();
    hold(store, "n1", &of("view", 1), LEASE).await
}

fn with_document(holding: &Holding, through: u64) -> Advance {
    let mut advance = step(holding, through);
    advance.documents = vec![write("a", &through.to_string(), through)];
    advance
}

/// The checkpoint, and what is in the document.
async fn found(store: &Postgres) -> (u64, Option<String>) {
    let held = hold(store, "n1", &of("view", 1), LEASE).await;
    let documents = store.load_documents(&held.of, &[key("a")]).await.unwrap();
    let content = documents
        .first()
        .map(|document| document.content.as_str().to_owned());
    (held.partitions[0].checkpoint.get(), content)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_leaves_the_outcome_unknown_and_doing_it_again_is_stale_or_done() {
    let scratch = Scratch::new();
    let (proxy, builder) = Proxy::before_the_log(&scratch).await;
    let store = builder.connections(2).connect().await.unwrap();
    let direct = scratch.store().await;
    view(&store, 1).await;
    for (round, (fault, happens)) in [(LOSE_REQUEST, false), (LOSE_ANSWER, true)]
        .into_iter()
        .enumerate()
    {
        let held = hold(&direct, "n1", &of("view", 1), LEASE).await;
        let before = found(&direct).await;
        let advance = with_document(&held, 10 * (round as u64 + 1));
        proxy.next_with("view", fault);
        let error = store.advance(advance.clone()).await.unwrap_err();
        assert!(
            matches!(error, AdvanceError::Store(StoreError::Unavailable(_))),
            "{error:?}"
        );
        let through = advance.partitions[0].through.get();
        let expected = if happens {
            (through, Some(through.to_string()))
        } else {
            before
        };
        // The client may hear of the cut before the server is done. What has not arrived never happens.
        let mut after = found(&direct).await;
        for _ in 0..1_000 {
            if after == expected {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            after = found(&direct).await;
        }
        assert_eq!(after, expected);

        let again = store.advance(advance).await;
        match again {
            Ok(()) => assert!(!happens),
            Err(AdvanceError::Stale { .. }) => assert!(happens),
            Err(error) => panic!("{error:?}"),
        }
        assert_eq!(found(&direct).await, (through, Some(through.to_string())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_lost_at_the_commit_counts_once() {
    let scratch = Scratch::new();
    let (proxy, builder) = Proxy::before_the_log(&scratch).await;
    let store = builder.connections(2).connect().await.unwrap();
    let pool = scratch.pool().await;
    pool.execute("CREATE TABLE counted (n bigint NOT NULL); INSERT INTO counted VALUES (0)")
        .await
        .unwrap();
    let direct = scratch.store().await;
    let mut held = view(&direct, 1).await;
    let add = format!("UPDATE \"{}\".counted SET n = n + 1", scratch.schema());
    let faults = [
        PASS,
        LOSE_REQUEST,
        LOSE_ANSWER,
        LOSE_REQUEST,
        LOSE_ANSWER,
        PASS,
    ];
    for (through, fault) in (1..).zip(faults) {
        let mut fault = Some(fault);
        while held.partitions[0].checkpoint < at(through) {
            let mut tx = store.begin(&held.of).await.unwrap();
            tx.execute(AssertSqlSafe(add.clone())).await.unwrap();
            // The first try meets the fault; then what the checkpoint says counts.
            if let Some(fault) = fault.take() {
                proxy.next_with("COMMIT", fault);
            }
            let outcome = store.advance_in(tx, step(&held, through)).await;
            assert!(
                matches!(
                    outcome,
                    Ok(()) | Err(AdvanceError::Store(StoreError::Unavailable(_)))
                ),
                "{outcome:?}"
            );
            // Waits for a commit that is on its way.
            held = hold(&direct, "n1", &held.of, LEASE).await;
        }
    }
    let row = pool.fetch_one("SELECT n FROM counted").await.unwrap();
    assert_eq!(row.get::<i64, _>(0), 6);
}

/// An advance that waits for its partition, and what becomes of it when its backend is ended by this function.
async fn waiting_advance_ended_by(function: &str) -> AdvanceError {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let held = view(&store, 1).await;
    let pool = scratch.pool().await;
    let mut transaction = pool.begin().await.unwrap();
    transaction
        .execute("SELECT FROM partitions FOR UPDATE")
        .await
        .unwrap();
    let waiting = tokio::spawn({
        let (store, advance) = (store.clone(), with_document(&held, 5));
        async move { store.advance(advance).await }
    });
    until::it_waits_and_is_ended_by(function, &pool, scratch.schema(), "advance").await;
    let error = waiting.await.unwrap().unwrap_err();
    transaction.rollback().await.unwrap();
    assert_eq!(found(&store).await, (0, None));
    store.advance(with_document(&held, 5)).await.unwrap();
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_backend_leaves_the_outcome_unknown() {
    let error = waiting_advance_ended_by("pg_terminate_backend").await;
    assert!(
        matches!(error, AdvanceError::Store(StoreError::Unavailable(_))),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_statement_may_be_tried_again() {
    let error = waiting_advance_ended_by("pg_cancel_backend").await;
    assert!(
        matches!(error, AdvanceError::Store(StoreError::Retryable(_))),
        "{error:?}"
    );
}

/// Backends are killed all the time, while a program counts with a plain `+=` and reads its checkpoint after each error.
#[tokio::test(flavor = "multi_thread")]
async fn a_counter_equals_its_checkpoint_while_backends_are_killed() {
    let scratch = Scratch::new();
    let store = scratch.builder().connections(4).connect().await.unwrap();
    let pool = scratch.pool().await;
    pool.execute("CREATE TABLE counted (n bigint NOT NULL); INSERT INTO counted VALUES (0)")
        .await
        .unwrap();
    let mut held = view(&store, 1).await;
    let add = format!("UPDATE \"{}\".counted SET n = n + 1", scratch.schema());
    let kill = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE pid <> pg_backend_pid() AND (query LIKE '%{0}%advance%' OR query LIKE '%{0}%counted%' OR query = 'COMMIT') \
           AND pid IN (SELECT pid FROM pg_locks WHERE relation = '{0}.counted'::regclass)",
        scratch.schema()
    );
    let killer = tokio::spawn({
        let pool = pool.clone();
        async move {
            let mut killed = 0;
            for _ in 0..120 {
                tokio::time::sleep(Duration::from_millis(fastrand::u64(5..30))).await;
                killed += pool
                    .execute(AssertSqlSafe(kill.clone()))
                    .await
                    .unwrap()
                    .rows_affected();
            }
            killed
        }
    });
    let (mut done, mut failed) = (0, 0);
    while !killer.is_finished() {
        let once = async {
            let mut tx = store.begin(&held.of).await?;
            let added = tx.execute(AssertSqlSafe(add.clone())).await;
            added.map_err(StoreError::other)?;
            let through = held.partitions[0].checkpoint.get() + 1;
            store.advance_in(tx, step(&held, through)).await
        };
        match once.await {
            Ok(()) => done += 1,
            Err(AdvanceError::Store(_)) => failed += 1,
            // What is held could not be read after the last one.
            Err(_) => {}
        }
        let request = HoldLeases {
            node: node("n1"),
            lease: LEASE,
            generations: vec![held.of.clone()],
        };
        if let Ok(mut holdings) = store.hold(request).await {
            held = holdings.pop().unwrap();
        }
    }
    println!(
        "{done} done, {failed} failed, {} killed",
        killer.await.unwrap()
    );
    let row = pool.fetch_one("SELECT n FROM counted").await.unwrap();
    let (checkpoint, _) = found(&scratch.store().await).await;
    assert_eq!(row.get::<i64, _>(0).unsigned_abs(), checkpoint);
    assert!(checkpoint >= done && done > 0 && failed > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_futures_leave_each_advance_whole_or_absent_and_the_connections_usable() {
    let scratch = Scratch::new();
    let store = scratch.builder().connections(3).connect().await.unwrap();
    let mut held = view(&store, 1).await;
    for _ in 0..150 {
        let through = held.partitions[0].checkpoint.get() + 1;
        let time = Duration::from_micros(fastrand::u64(0..2_000));
        let _ = tokio::time::timeout(time, store.advance(with_document(&held, through))).await;
        if fastrand::bool() {
            let key = key("a");
            let read = store.read_document(&held.of, part(0), &key);
            let _ = tokio::time::timeout(time, read).await;
        }
        held = hold(&store, "n1", &held.of, LEASE).await;
        let read = store
            .read_document(&held.of, part(0), &key("a"))
            .await
            .unwrap();
        let content = read.document.map(|document| document.position);
        assert_eq!(content.unwrap_or_default(), read.checkpoint);
    }
    assert!(held.partitions[0].checkpoint > at(0));
}
