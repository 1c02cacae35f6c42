//! What somebody has put into the tables by force.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/events.rs"]
mod events;

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::read_log::{LogRead, ReadLog};
use cqrs_core::words::position::Position;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::scratch::Scratch;
use events::{event, stream};
use sqlx::AssertSqlSafe;

#[tokio::test]
async fn is_an_error_that_names_the_position_and_the_log_stays_usable() {
    for (column, value) in [
        ("name", "'bad name'"),
        ("category", "''"),
        ("key", "'a b'"),
        ("schema_version", "0"),
        ("version", "-1"),
        ("metadata", "'[]'"),
        ("metadata", "'{\"\":\"x\"}'"),
        ("tags", "'{\"a b\"}'"),
        ("recorded_at", "'infinity'"),
        ("recorded_at", "'-infinity'"),
        ("recorded_at", "'294000-01-01'"),
    ] {
        let scratch = Scratch::new();
        let store = scratch.store().await;
        let append = || Append::to(stream("a-1"), ExpectedVersion::Any, vec![event("x")]);
        store.append(append()).await.unwrap();
        let force = format!(
            "ALTER TABLE events DISABLE TRIGGER USER; UPDATE events SET {column} = {value}; \
             ALTER TABLE events ENABLE TRIGGER USER"
        );
        let pool = scratch.pool().await;
        sqlx::raw_sql(AssertSqlSafe(force))
            .execute(&pool)
            .await
            .unwrap();
        let read = store.read_log(LogRead::after(Position::START)).await;
        let error = read.expect_err(value);
        assert!(
            matches!(&error, StoreError::Corrupt { what, .. } if what.contains("position 1")),
            "{column} = {value}: {error:?}"
        );
        store.append(append()).await.unwrap();
        let page = store
            .read_log(LogRead::after(Position::new(1).unwrap()))
            .await
            .unwrap();
        assert_eq!(page.events.len(), 1);
    }
}
