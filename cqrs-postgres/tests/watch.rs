//! Watching the end of the log, with and without notifications.

#[path = "support/events.rs"]
mod events;

use std::time::{Duration, Instant};

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::read_log::{LogRead, ReadLog};
use cqrs_core::ports::watch::WatchLog;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::scratch::{Scratch, append_in, is_listening};
use events::{event, stream, tagged};
use sqlx::{AssertSqlSafe, Executor};

fn append(name: &str) -> Append {
    Append::to(stream(name), ExpectedVersion::Any, vec![event("x")])
}

async fn within(time: Duration, mut watch: cqrs_core::ports::watch::LogWatch) -> Duration {
    let start = Instant::now();
    let past = watch.past(watch.position());
    tokio::time::timeout(time, past)
        .await
        .expect("the watch did not move")
        .unwrap();
    start.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn moves_soon_after_an_append_of_another_process_also_without_notifications() {
    let scratch = Scratch::new();
    let writing = scratch.store().await;
    for listen in [true, false] {
        let reading = scratch
            .builder()
            .listen(listen)
            .slowest_poll(Duration::from_mins(1));
        let reading = reading.connect().await.unwrap();
        writing.append(append("a-1")).await.unwrap();
        let watch = reading.watch();
        // Long enough for the connection that listens, and for a pace that has slowed down.
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        assert_eq!(is_listening(&reading), listen);
        let waiting = tokio::spawn(within(Duration::from_secs(5), watch));
        tokio::time::sleep(Duration::from_millis(50)).await;
        writing.append(append("a-1")).await.unwrap();
        let time = waiting.await.unwrap();
        assert!(
            time < Duration::from_millis(400),
            "listen {listen}: {time:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn goes_on_when_the_connection_that_listens_is_killed() {
    let scratch = Scratch::new();
    let (writing, reading) = (scratch.store().await, scratch.store().await);
    let watch = reading.watch();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let kill = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%{}%'",
        scratch.schema()
    );
    assert!(is_listening(&reading));
    let killed = scratch
        .pool()
        .await
        .execute(AssertSqlSafe(kill))
        .await
        .unwrap();
    assert!(killed.rows_affected() > 0);
    for _ in 0..3 {
        writing.append(append("a-1")).await.unwrap();
        within(Duration::from_secs(2), watch.clone()).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(is_listening(&reading), "it did not connect again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_in_flight_holds_the_feed_and_no_one_else() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let pool = scratch.pool().await;
    store.append(append("a-1")).await.unwrap();
    let mut transaction = pool.begin().await.unwrap();
    let open = Append::to(
        stream("b-1"),
        ExpectedVersion::Any,
        vec![tagged("x", &["t"])],
    );
    append_in(&store, &mut transaction, &open).await.unwrap();
    // Nobody waits for it.
    let later = Append::to(
        stream("c-1"),
        ExpectedVersion::Any,
        vec![tagged("x", &["t"])],
    );
    tokio::time::timeout(Duration::from_secs(2), store.append(later))
        .await
        .unwrap()
        .unwrap();
    let read = || store.read_log(LogRead::after(Position::START));
    let page = read().await.unwrap();
    assert_eq!((page.events.len(), page.through.get()), (1, 1));
    transaction.commit().await.unwrap();
    assert_eq!(read().await.unwrap().events.len(), 3);
}

#[tokio::test]
async fn an_unrelated_transaction_does_not_hold_the_feed() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let pool = scratch.pool().await;
    let mut unrelated = pool.begin().await.unwrap();
    unrelated
        .execute("SELECT pg_current_xact_id()")
        .await
        .unwrap();
    // Not even one that locks what looks like a floor to somebody who does not look closely.
    unrelated
        .execute("SELECT pg_advisory_xact_lock_shared(log_namespace()::integer << 16, 0)")
        .await
        .unwrap();
    store.append(append("a-1")).await.unwrap();
    let page = store
        .read_log(LogRead::after(Position::START))
        .await
        .unwrap();
    assert_eq!(page.events.len(), 1);
}

#[tokio::test]
async fn a_page_is_never_read_past_what_is_settled_whatever_is_asked() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    store.append(append("a-1")).await.unwrap();
    let page = store
        .read_log(LogRead::after(Position::START).through(Position::MAX))
        .await
        .unwrap();
    assert_eq!(
        (page.events.len(), page.through.get(), page.is_last),
        (1, 1, true)
    );
    let beyond = Position::new(1_000).unwrap();
    let page = store.read_log(LogRead::after(beyond)).await.unwrap();
    assert_eq!(
        (page.events.len(), page.through, page.is_last),
        (0, beyond, true)
    );
}
