//! Which servers are refused, and how a store ends.

#[path = "support/events.rs"]
mod events;

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::watch::WatchLog;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::scratch::Scratch;
use cqrs_postgres::{ConnectError, Postgres};
use events::{event, stream};
use sqlx::{AssertSqlSafe, Executor};

#[tokio::test]
async fn refuses_a_database_that_can_not_keep_every_text() {
    let scratch = Scratch::new();
    let pool = scratch.pool().await;
    let database = scratch.schema();
    let create = format!(
        "CREATE DATABASE \"{database}\" ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
    );
    pool.execute(AssertSqlSafe(create)).await.unwrap();
    let url = scratch.url().split('?').next().unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    let error = Postgres::connect(&format!("{server}/{database}"))
        .await
        .unwrap_err();
    let drop = format!("DROP DATABASE \"{database}\" WITH (FORCE)");
    pool.execute(AssertSqlSafe(drop)).await.unwrap();
    assert!(
        error.to_string().contains("encoding is SQL_ASCII"),
        "{error}"
    );
}

#[tokio::test]
async fn refuses_a_server_that_takes_no_writes() {
    let scratch = Scratch::new();
    let separator = if scratch.url().contains('?') {
        '&'
    } else {
        '?'
    };
    let url = format!(
        "{}{separator}options=-c%20default_transaction_read_only%3Don",
        scratch.url()
    );
    let error = Postgres::connect(&url).await.unwrap_err();
    assert!(matches!(error, ConnectError::ReadOnly), "{error}");
}

#[tokio::test]
async fn refuses_bad_urls_and_schema_names_before_it_connects() {
    let error = Postgres::connect("mysql://nowhere").await.unwrap_err();
    assert!(matches!(error, ConnectError::Url(_)), "{error}");
    let builder = Postgres::builder("postgres://nowhere.invalid/x").schema("a\"; DROP SCHEMA b");
    let error = builder.connect().await.unwrap_err();
    assert!(matches!(error, ConnectError::Schema(_)), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let timeout = std::time::Duration::from_millis(300);
    let builder = Postgres::builder("postgres://127.0.0.1:1/x").connect_timeout(timeout);
    let error = builder.connect().await.unwrap_err();
    assert!(
        matches!(&error, ConnectError::Store(error) if error.is_transient()),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_closed_store_ends_its_watches_and_refuses_calls() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let mut watch = store.watch();
    let waiting = tokio::spawn(async move { watch.past(Position::START).await });
    store.close().await;
    assert!(waiting.await.unwrap().is_err());
    assert!(store.watch().past(Position::START).await.is_err());
    let append = Append::to(stream("a-1"), ExpectedVersion::Any, vec![event("x")]);
    assert!(store.append(append).await.is_err());
}

#[tokio::test]
async fn the_last_handle_that_is_dropped_ends_the_watches() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let mut watch = store.clone().watch();
    drop(store);
    assert!(watch.past(Position::START).await.is_err());
}
