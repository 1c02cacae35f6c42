//! Migrations: taken once, by many at once, and never behind a newer program's back.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/events.rs"]
mod events;

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::ConnectError;
use cqrs_postgres::scratch::Scratch;
use events::{event, stream};
use sqlx::Row;

async fn taken(scratch: &Scratch) -> Vec<i32> {
    let pool = scratch.pool().await;
    let rows = sqlx::query("SELECT number FROM migrations ORDER BY number")
        .fetch_all(&pool)
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn are_taken_once_and_keep_the_log() {
    let scratch = Scratch::new();
    let append = || Append::to(stream("a-1"), ExpectedVersion::Any, vec![event("x")]);
    for _ in 0..2 {
        let store = scratch.store().await;
        store.append(append()).await.unwrap();
        store.close().await;
    }
    assert_eq!(
        taken(&scratch).await,
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn are_taken_by_many_processes_at_once() {
    let scratch = std::sync::Arc::new(Scratch::new());
    let starts: Vec<_> = (0..8)
        .map(|number| {
            let scratch = scratch.clone();
            tokio::spawn(async move {
                let store = scratch.store().await;
                let stream = stream(&format!("a-{number}"));
                let append = Append::to(stream, ExpectedVersion::NoStream, vec![event("x")]);
                store.append(append).await.unwrap();
            })
        })
        .collect();
    for start in starts {
        start.await.unwrap();
    }
    assert_eq!(
        taken(&scratch).await,
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    );
}

#[tokio::test]
async fn of_a_newer_program_are_an_error_that_says_so() {
    let scratch = Scratch::new();
    scratch.store().await.close().await;
    let pool = scratch.pool().await;
    sqlx::query("INSERT INTO migrations (number, name) VALUES (1000, 'from the future')")
        .execute(&pool)
        .await
        .unwrap();
    let error = scratch.builder().connect().await.unwrap_err();
    assert!(
        matches!(
            &error,
            ConnectError::Newer {
                found: 1000,
                known: 12,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn give_each_schema_a_namespace_of_its_own() {
    let (one, other) = (Scratch::new(), Scratch::new());
    let mut found = Vec::new();
    for scratch in [&one, &other] {
        scratch.store().await.close().await;
        let row = sqlx::query("SELECT log_namespace()")
            .fetch_one(&scratch.pool().await)
            .await;
        found.push(row.unwrap().get::<i64, _>(0));
    }
    assert_ne!(found[0], found[1]);
    assert!(
        found
            .iter()
            .all(|namespace| (1..=32_767).contains(namespace))
    );
}
