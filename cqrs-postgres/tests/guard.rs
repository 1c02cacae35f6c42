//! What the database itself refuses.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/events.rs"]
mod events;

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::scratch::{Scratch, append_in};
use events::{stream, tagged};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor};

const INSERT: &str = "INSERT INTO events (position, version, event_id, schema_version, category, key, name, payload) \
     VALUES (99, 1, gen_random_uuid(), 1, 'a', '9', 'x', '{}')";

async fn log_with_an_event() -> (Scratch, PgPool) {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let append = Append::to(
        stream("a-1"),
        ExpectedVersion::Any,
        vec![tagged("x", &["t"])],
    );
    store.append(append).await.unwrap();
    let pool = scratch.pool().await;
    (scratch, pool)
}

async fn assert_refused(pool: &PgPool, statement: &'static str) {
    let error = pool.execute(statement).await.expect_err(statement);
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    assert_eq!(code.as_deref(), Some("23001"), "{statement}: {error}");
}

#[tokio::test]
async fn refuses_update_delete_and_truncate_on_the_log() {
    let (_scratch, pool) = log_with_an_event().await;
    for statement in [
        "UPDATE events SET payload = '{}'",
        "DELETE FROM events",
        "TRUNCATE events",
        "UPDATE event_tags SET tag = 'u'",
        "DELETE FROM event_tags",
        "TRUNCATE event_tags",
        "TRUNCATE events, event_tags",
    ] {
        assert_refused(&pool, statement).await;
    }
}

#[tokio::test]
async fn refuses_inserts_beside_the_gate() {
    let (_scratch, pool) = log_with_an_event().await;
    assert_refused(&pool, INSERT).await;
    assert_refused(
        &pool,
        "INSERT INTO event_tags (tag, position) VALUES ('u', 1)",
    )
    .await;
    assert_refused(
        &pool,
        "COPY event_tags (tag, position) FROM PROGRAM 'printf \"u\\t1\\n\"'",
    )
    .await;
}

#[tokio::test]
async fn closes_the_gate_behind_an_append_of_the_same_transaction() {
    let (scratch, pool) = log_with_an_event().await;
    let store = scratch.store().await;
    let mut transaction = pool.begin().await.unwrap();
    let append = Append::to(stream("a-2"), ExpectedVersion::Any, vec![tagged("x", &[])]);
    assert!(append_in(&store, &mut transaction, &append).await.unwrap());
    let error = transaction.execute(INSERT).await.unwrap_err();
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    assert_eq!(code.as_deref(), Some("23001"));
}

/// The function that a lone append calls, with any version and with an exact one.
const APPEND_ONE: [&str; 2] = [
    "SELECT append_one(1, 1, true, 2, 2, false, 3, 3, false, 'a', '3', -1, gen_random_uuid(), 'x', 1, '{}', NULL, NULL, NULL)",
    "SELECT append_one(1, 1, true, 2, 2, false, 3, 3, false, 'a', '4', 0, gen_random_uuid(), 'x', 1, '{}', NULL, NULL, NULL)",
];

#[tokio::test]
async fn closes_the_gate_behind_a_lone_append_of_the_same_transaction() {
    let (_scratch, pool) = log_with_an_event().await;
    for append in APPEND_ONE {
        let mut transaction = pool.begin().await.unwrap();
        let said: String = sqlx::query_scalar(append)
            .fetch_one(&mut *transaction)
            .await
            .unwrap();
        assert!(said.contains(r#""positions":["#), "{said}");
        let error = transaction.execute(INSERT).await.unwrap_err();
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        assert_eq!(code.as_deref(), Some("23001"), "{append}");
    }
}

#[tokio::test]
async fn closes_the_gate_behind_a_lone_append_that_records_nothing() {
    let (_scratch, pool) = log_with_an_event().await;
    let refused = "SELECT append_one(1, 1, true, 2, 2, false, 3, 3, false, 'a', '5', 7, gen_random_uuid(), 'x', 1, '{}', NULL, NULL, NULL)";
    let mut transaction = pool.begin().await.unwrap();
    let said: String = sqlx::query_scalar(refused)
        .fetch_one(&mut *transaction)
        .await
        .unwrap();
    assert!(said.contains("version"), "{said}");
    let error = transaction.execute(INSERT).await.unwrap_err();
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    assert_eq!(code.as_deref(), Some("23001"));
}

#[tokio::test]
async fn refuses_a_lone_append_whose_snapshot_is_older_than_its_locks() {
    let (_scratch, pool) = log_with_an_event().await;
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        let begin = AssertSqlSafe(format!("BEGIN ISOLATION LEVEL {level}"));
        let mut transaction = pool.begin_with(begin).await.unwrap();
        let error = transaction.execute(APPEND_ONE[0]).await.unwrap_err();
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        assert_eq!(code.as_deref(), Some("0A000"), "{level}");
    }
}

#[tokio::test]
async fn refuses_appends_in_transactions_whose_snapshot_is_older_than_their_locks() {
    let (scratch, pool) = log_with_an_event().await;
    let store = scratch.store().await;
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        let begin = AssertSqlSafe(format!("BEGIN ISOLATION LEVEL {level}"));
        let mut transaction = pool.begin_with(begin).await.unwrap();
        let append = Append::to(stream("a-2"), ExpectedVersion::Any, vec![tagged("x", &[])]);
        let error = append_in(&store, &mut transaction, &append)
            .await
            .unwrap_err();
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        assert_eq!(code.as_deref(), Some("0A000"), "{level}");
    }
}

/// Whatever the database's default, the store's own transactions are READ COMMITTED.
#[tokio::test]
async fn does_not_depend_on_the_default_isolation_level() {
    let scratch = Scratch::new();
    let separator = if scratch.url().contains('?') {
        '&'
    } else {
        '?'
    };
    let url = format!(
        "{}{separator}options=-c%20default_transaction_isolation%3Dserializable",
        scratch.url()
    );
    for prepared in [true, false] {
        let store = cqrs_postgres::Postgres::builder(&url)
            .schema(scratch.schema())
            .prepared_statements(prepared)
            .connect()
            .await
            .unwrap();
        let append = Append::to(
            stream("a-1"),
            ExpectedVersion::Any,
            vec![tagged("x", &["t"])],
        );
        store.append(append).await.unwrap();
        store.close().await;
    }
}
