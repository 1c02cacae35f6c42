//! A user's own tables, together with the checkpoint, and beside each other in a rebuild.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/events.rs"]
mod events;
#[path = "support/processors.rs"]
mod processors;

use std::time::Duration;

use cqrs_core::ports::advance::AdvanceError;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::processors::{
    Declare, DeclareError, GenerationState, ProcessorKind, Processors,
};
use cqrs_core::ports::transactions::Transactions;
use cqrs_core::words::generation::GenerationId;
use cqrs_postgres::scratch::Scratch;
use cqrs_postgres::{Postgres, Tx};
use processors::{LEASE, at, declare, hold, of, step};
use sqlx::{AssertSqlSafe, Executor, Row};

async fn totals() -> (Scratch, Postgres) {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    store.declare(version(1)).await.unwrap();
    set_up(&store, &of("totals", 1), "n bigint NOT NULL")
        .await
        .unwrap();
    (scratch, store)
}

fn version(version: u32) -> Declare {
    let mut declare = declare("totals", ProcessorKind::Projection, 1);
    declare.version = version;
    declare
}

async fn set_up(store: &Postgres, of: &GenerationId, columns: &str) -> Result<(), StoreError> {
    let mut tx = store.begin(of).await?;
    let create = format!("CREATE TABLE IF NOT EXISTS totals ({columns})");
    tx.execute(AssertSqlSafe(create)).await.unwrap();
    store.commit(tx).await
}

async fn add(tx: &mut Tx, n: i64) {
    let insert = sqlx::query("INSERT INTO totals (n) VALUES ($1)").bind(n);
    insert.execute(&mut **tx).await.unwrap();
}

/// What readers see.
async fn sum(scratch: &Scratch, store: &Postgres) -> i64 {
    let select = format!(
        "SELECT COALESCE(sum(n), 0)::bigint FROM {}.totals",
        store.schema_of(&"totals".parse().unwrap())
    );
    let pool = scratch.pool().await;
    sqlx::query(AssertSqlSafe(select))
        .fetch_one(&pool)
        .await
        .unwrap()
        .get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_and_checkpoint_are_one_transaction() {
    let (scratch, store) = totals().await;
    let of = of("totals", 1);
    let held = hold(&store, "n1", &of, LEASE).await;
    let mut tx = store.begin(&of).await.unwrap();
    add(&mut tx, 5).await;
    store.advance_in(tx, step(&held, 1)).await.unwrap();
    assert_eq!(sum(&scratch, &store).await, 5);

    // The same again, as after a lost reply, and one that is dropped.
    let mut tx = store.begin(&of).await.unwrap();
    add(&mut tx, 5).await;
    let error = store.advance_in(tx, step(&held, 1)).await.unwrap_err();
    assert!(matches!(error, AdvanceError::Stale { .. }), "{error:?}");
    let mut tx = store.begin(&of).await.unwrap();
    add(&mut tx, 5).await;
    drop(tx);
    assert_eq!(sum(&scratch, &store).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_its_user_ended_advances_nothing() {
    let (scratch, store) = totals().await;
    let of = of("totals", 1);
    let held = hold(&store, "n1", &of, LEASE).await;
    for end in ["COMMIT", "ROLLBACK", "ROLLBACK; BEGIN"] {
        let mut tx = store.begin(&of).await.unwrap();
        tx.execute(sqlx::raw_sql(end)).await.unwrap();
        let error = store.advance_in(tx, step(&held, 1)).await.unwrap_err();
        assert!(
            matches!(error, AdvanceError::Store(StoreError::Other(_))),
            "{error:?}"
        );
    }
    // A statement that failed has ended it too, whatever the user makes of it.
    let mut tx = store.begin(&of).await.unwrap();
    add(&mut tx, 1).await;
    assert!(tx.execute("SELECT 1 / 0").await.is_err());
    assert!(store.advance_in(tx, step(&held, 1)).await.is_err());
    let mut tx = store.begin(&of).await.unwrap();
    assert!(tx.execute("SELECT 1 / 0").await.is_err());
    assert!(store.commit(tx).await.is_err());

    assert_eq!(sum(&scratch, &store).await, 0);
    let progress = store.progress(None).await.unwrap();
    assert_eq!(progress[0].partitions[0].checkpoint, at(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn users_get_the_plans_and_the_path_of_their_own() {
    let (scratch, store) = totals().await;
    for prepared in [true, false] {
        let builder = scratch.builder().prepared_statements(prepared);
        let store = builder.connect().await.unwrap();
        let mut tx = store.begin(&of("totals", 1)).await.unwrap();
        let settings = "SELECT current_setting('enable_seqscan'), current_setting('search_path'), \
                        current_setting('lock_timeout')";
        let row = sqlx::query(settings)
            .persistent(false)
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!(row.get::<String, _>(0), "on");
        assert!(
            row.get::<String, _>(1)
                .ends_with("_totals#1\", \"$user\", public")
        );
        assert_eq!(row.get::<String, _>(2), "5s");
        drop(tx);
        // And the store gets its own back.
        let held = hold(&store, "n1", &of("totals", 1), LEASE).await;
        let mut tx = store.begin(&of("totals", 1)).await.unwrap();
        add(&mut tx, 1).await;
        let through = held.partitions[0].checkpoint.get() + 1;
        store.advance_in(tx, step(&held, through)).await.unwrap();
        store.close().await;
    }
    drop(store);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_has_tables_of_its_own_and_readers_switch_in_one_step() {
    let (scratch, store) = totals().await;
    let live = of("totals", 1);
    let held = hold(&store, "n1", &live, LEASE).await;
    let mut tx = store.begin(&live).await.unwrap();
    add(&mut tx, 5).await;
    store.advance_in(tx, step(&held, 10)).await.unwrap();

    // With other columns.
    let running = store.declare(version(2)).await.unwrap();
    let next = running.building.unwrap().of;
    set_up(&store, &next, "at integer, n bigint, label text")
        .await
        .unwrap();
    assert_eq!(sum(&scratch, &store).await, 5);
    let building = hold(&store, "n1", &next, LEASE).await;
    let mut tx = store.begin(&next).await.unwrap();
    add(&mut tx, 50).await;
    store.advance_in(tx, step(&building, 9)).await.unwrap();
    assert!(
        !store.switch(&next, at(9)).await.unwrap(),
        "readers would go back"
    );
    assert_eq!(sum(&scratch, &store).await, 5);

    let building = hold(&store, "n1", &next, LEASE).await;
    let mut tx = store.begin(&next).await.unwrap();
    add(&mut tx, 1).await;
    store.advance_in(tx, step(&building, 10)).await.unwrap();
    assert!(store.switch(&next, at(10)).await.unwrap());
    assert_eq!(sum(&scratch, &store).await, 51);
    assert!(!store.switch(&next, at(10)).await.unwrap());

    // A column more, behind the others: the view keeps what depends on it.
    let stable = store.schema_of(&"totals".parse().unwrap());
    let pool = scratch.pool().await;
    let depends = format!("CREATE VIEW of_user AS SELECT n FROM {stable}.totals");
    pool.execute(AssertSqlSafe(depends)).await.unwrap();
    let mut tx = store.begin(&next).await.unwrap();
    tx.execute("ALTER TABLE totals ADD more integer")
        .await
        .unwrap();
    store.commit(tx).await.unwrap();
    let more = format!("SELECT more FROM {stable}.totals");
    pool.execute(AssertSqlSafe(more)).await.unwrap();

    assert!(store.drop_generation(&live).await.unwrap());
    assert!(!store.drop_generation(&live).await.unwrap());
    assert_eq!(sum(&scratch, &store).await, 51);
    let gone = set_up(&store, &live, "n bigint").await.unwrap_err();
    assert!(matches!(gone, StoreError::Other(_)), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_belongs_to_another_is_refused() {
    let (scratch, store) = totals().await;
    let mut other = version(1);
    other.processor = "Totals".parse().unwrap();
    let error = store.declare(other).await.unwrap_err();
    assert!(
        matches!(error, DeclareError::Store(StoreError::Other(_))),
        "{error:?}"
    );
    let progress = store.progress(None).await.unwrap();
    assert_eq!(progress.len(), 1, "nothing was changed");
    drop(scratch);
}

/// A node that stalls between its advance and its commit holds the partitions' locks. The server ends it, before others
/// have to wait for long.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stalls_before_its_commit_does_not_keep_others_from_taking_over() {
    let (_scratch, store) = totals().await;
    let of = of("totals", 1);
    let held = hold(&store, "n1", &of, Duration::from_millis(100)).await;
    let mut tx = store.begin(&of).await.unwrap();
    add(&mut tx, 5).await;
    cqrs_postgres::scratch::advance_without_commit(&store, &mut tx, &step(&held, 1)).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    let before = std::time::Instant::now();
    let taken = hold(&store, "n2", &of, LEASE).await;
    assert!(
        before.elapsed() < Duration::from_secs(1),
        "{:?}",
        before.elapsed()
    );
    assert_eq!(
        taken.partitions[0].checkpoint,
        at(0),
        "what it wrote is undone"
    );
    let error = store.commit(tx).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
}

/// A node that stalls in the middle of its own writes holds the locks of its rows: `+=` of the next owner waits for them.
/// The server ends it by the end of the lease.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stalls_in_its_writes_does_not_keep_others_from_taking_over() {
    let (scratch, store) = totals().await;
    let of = of("totals", 1);
    let held = hold(&store, "n1", &of, LEASE).await;
    let mut tx = store.begin(&of).await.unwrap();
    add(&mut tx, 1).await;
    store.advance_in(tx, step(&held, 1)).await.unwrap();

    let lease = Duration::from_millis(800);
    hold(&store, "n1", &of, lease).await;
    let plus = "UPDATE totals SET n = n + 5";
    let mut stalled = store.begin(&of).await.unwrap();
    stalled.execute(plus).await.unwrap();
    let before = std::time::Instant::now();
    tokio::time::sleep(lease + Duration::from_millis(50)).await;

    let other = scratch.store().await;
    let taken = hold(&other, "n2", &of, LEASE).await;
    let mut tx = other.begin(&of).await.unwrap();
    tx.execute(plus).await.unwrap();
    other.advance_in(tx, step(&taken, 2)).await.unwrap();
    let elapsed = before.elapsed();
    assert!(elapsed < lease + Duration::from_secs(1), "{elapsed:?}");
    assert!(stalled.execute(plus).await.is_err());
    assert_eq!(sum(&scratch, &store).await, 6);
    other.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_generation_is_built_where_there_are_events() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let append = cqrs_core::ports::append::Append::to(
        events::stream("a-1"),
        cqrs_core::words::version::ExpectedVersion::Any,
        vec![events::event("x")],
    );
    cqrs_core::ports::append::AppendEvents::append(&store, append)
        .await
        .unwrap();
    let running = store.declare(version(1)).await.unwrap();
    assert_eq!(running.building.unwrap().state, GenerationState::Building);
    assert_eq!(running.live, None);
    set_up(&store, &of("totals", 1), "n bigint").await.unwrap();
    let held = hold(&store, "n1", &of("totals", 1), LEASE).await;
    let tx = store.begin(&of("totals", 1)).await.unwrap();
    store.advance_in(tx, step(&held, 1)).await.unwrap();
    assert!(store.switch(&of("totals", 1), at(1)).await.unwrap());
    assert_eq!(sum(&scratch, &store).await, 0);
}
