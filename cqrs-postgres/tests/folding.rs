//! Folding a stream while it is read, where something is wrong.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/events.rs"]
mod events;

use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::fold_stream::{Detail, EventToFold, Fold, FoldEnd, StreamFold};
use cqrs_core::ports::read_stream::ReadStream;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;
use events::{event, stream};
use futures::FutureExt;
use sqlx::AssertSqlSafe;

struct Each<F>(F);

impl<F: FnMut(u64) -> ControlFlow<()> + Send> Fold for Each<F> {
    fn event(&mut self, event: EventToFold<'_>) -> ControlFlow<()> {
        (self.0)(event.version.get())
    }
}

/// A store with a stream of so many events.
async fn with(events: usize) -> (Scratch, Postgres) {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let events = (0..events).map(|_| event("x")).collect();
    let append = Append::to(stream("a-1"), ExpectedVersion::Any, events);
    store.append(append).await.unwrap();
    (scratch, store)
}

fn request(detail: Detail) -> StreamFold {
    StreamFold {
        detail,
        ..StreamFold::of(stream("a-1"))
    }
}

/// As many times as there are connections, and more: none is lost by it.
#[tokio::test]
async fn a_fold_that_panics_leaves_a_connection_that_can_be_used() {
    let (_scratch, store) = with(5_000).await;
    for round in 0..40 {
        let panics = async {
            let mut fold = Each(|version| {
                assert!(version < 3, "what users write may panic");
                ControlFlow::Continue(())
            });
            store.fold_stream(request(Detail::Bare), &mut fold).await
        };
        let panicked = AssertUnwindSafe(panics).catch_unwind().await;
        assert!(panicked.is_err(), "round {round}");
    }
    let mut versions = Vec::new();
    let mut fold = Each(|version| {
        versions.push(version);
        ControlFlow::Continue(())
    });
    let end = store.fold_stream(request(Detail::Bare), &mut fold).await;
    assert_eq!(end.unwrap(), FoldEnd::Done);
    assert!(versions.iter().copied().eq(1..=5_000));
}

#[tokio::test]
async fn what_is_no_event_is_an_error_that_names_the_position() {
    for (column, value, is_needed) in [
        ("name", "'bad name'", true),
        ("schema_version", "0", true),
        ("metadata", "'[]'", false),
        ("tags", "'{\"a b\"}'", false),
        ("recorded_at", "'infinity'", false),
    ] {
        let (scratch, store) = with(3).await;
        let force = format!(
            "ALTER TABLE events DISABLE TRIGGER USER; UPDATE events SET {column} = {value} WHERE version = 2; \
             ALTER TABLE events ENABLE TRIGGER USER"
        );
        let pool = scratch.pool().await;
        let forced = sqlx::raw_sql(AssertSqlSafe(force)).execute(&pool).await;
        forced.unwrap();
        for detail in [Detail::Bare, Detail::Whole] {
            let mut versions = Vec::new();
            let mut fold = Each(|version| {
                versions.push(version);
                ControlFlow::Continue(())
            });
            let folded = store.fold_stream(request(detail), &mut fold).await;
            if detail == Detail::Bare && !is_needed {
                assert_eq!(folded.unwrap(), FoldEnd::Done);
                assert_eq!(versions, [1, 2, 3], "nobody needs {column}");
                continue;
            }
            let error = folded.expect_err(value);
            assert!(
                matches!(&error, StoreError::Corrupt { what, .. } if what.contains("position 2")),
                "{column} = {value}: {error:?}"
            );
            assert_eq!(versions, [1], "{column} = {value}");
        }
    }
}
