//! What the database itself refuses.

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
    let code = error.as_database_error().and_then(|error| error.code());
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
    let code = error.as_database_error().and_then(|error| error.code());
    assert_eq!(code.as_deref(), Some("23001"));
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
        let code = error.as_database_error().and_then(|error| error.code());
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
