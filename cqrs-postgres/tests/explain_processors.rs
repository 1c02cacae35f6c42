//! Whether the statements of the read side use the indexes that their head comments name.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/plan.rs"]
mod plan;
#[path = "support/processors.rs"]
mod processors;
#[path = "support/until.rs"]
mod until;

use cqrs_core::ports::advance::{Advance, AdvanceProcessors, CancelTimer};
use cqrs_core::ports::leases::{Holding, Leases};
use cqrs_core::ports::parked::{ParkedEvents, ParkedFailure, ParkedRequest};
use cqrs_core::ports::processors::{ProcessorKind, Processors};
use cqrs_core::ports::staged::{PostponeCommand, StagedCommands};
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;
use plan::{assert_uses, plan};
use processors::{
    LEASE, at, declare, delete, hold, key, node, of, park, part, staged, step, write,
};
use sqlx::postgres::PgPool;
use sqlx::{Executor, Row};

/// Two processors with a few thousand of everything.
async fn many() -> (Scratch, Postgres, PgPool) {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    for (processor, kind) in [
        ("view", ProcessorKind::View),
        ("manager", ProcessorKind::ProcessManager),
    ] {
        store.declare(declare(processor, kind, 16)).await.unwrap();
        let held = hold(&store, "n1", &of(processor, 1), LEASE).await;
        let mut advance = step(&held, 1);
        for number in 0..3_000_u64 {
            advance
                .documents
                .push(write(&format!("k{number:05}"), "{}", 1));
            let failure = (number % 3 == 0).then(|| ParkedFailure {
                attempts: 1,
                error: "no".to_owned(),
                retry_at: None,
            });
            advance
                .parked
                .push(park(&format!("k{:05}", number / 4), number + 1, failure));
            let mut command = staged(u128::from(number), &format!("k{number:05}"), 0);
            command.due_at = chrono::DateTime::from_timestamp(number.cast_signed(), 0).unwrap();
            command.is_timer = number % 2 == 0;
            command.partition = part(u16::try_from(number % 16).unwrap());
            advance.staged.push(command);
        }
        store.advance(advance).await.unwrap();
    }
    let pool = scratch.pool().await;
    let tables =
        "VACUUM ANALYZE documents, parked, staged, partitions, generations, nodes, processors";
    pool.execute(tables).await.unwrap();
    (scratch, store, pool)
}

#[tokio::test]
async fn statements_use_the_indexes_that_they_name() {
    let (scratch, _store, pool) = many().await;
    for (statement, types, values, indexes) in [
        (
            include_str!("../src/sql/load_documents.sql"),
            "text, integer, text[]",
            "'view', 1, '{k00001,k00002}'",
            &["generations_number", "documents_key"][..],
        ),
        (
            include_str!("../src/sql/read_document.sql"),
            "text, integer, integer, text",
            "'view', 1, 1, 'k00001'",
            &[
                "generations_number",
                "partitions_partition",
                "documents_key",
                "parked_key",
            ],
        ),
        (
            include_str!("../src/sql/list_documents.sql"),
            "text, integer, text, text, bigint",
            "'view', 1, 'k', 'l', 10",
            &["generations_number", "documents_key"],
        ),
        (
            include_str!("../src/sql/list_parked.sql"),
            "text, integer, bigint, text, bigint",
            "'view', 1, 5, 'k', 10",
            &["generations_number", "parked_position"],
        ),
        (
            include_str!("../src/sql/list_parked_of_key.sql"),
            "text, integer, bigint, text, bigint, text",
            "'view', 1, 5, 'k', 10, 'k00007'",
            &["generations_number", "parked_key"],
        ),
        (
            include_str!("../src/sql/blocked_keys.sql"),
            "text, integer, integer[]",
            "'view', 1, '{1,2}'",
            &["generations_number"],
        ),
        (
            include_str!("../src/sql/due_commands.sql"),
            "text, integer, integer[], timestamptz, bigint",
            "'view', 1, '{1,2}', now(), 10",
            &["generations_number", "staged_due"],
        ),
        (
            include_str!("../src/sql/list_unsent.sql"),
            "text, integer, bigint, uuid, bigint",
            "'view', 1, 0, '00000000-0000-0000-0000-000000000000', 10",
            &["generations_number", "staged_unsent"],
        ),
        (
            include_str!("../src/sql/release_leases.sql"),
            "text, text, integer, integer[]",
            "'n1', 'view', 1, '{1,2}'",
            &["generations_number", "partitions_partition"],
        ),
    ] {
        let plan = plan(&scratch, &pool, statement, types, values).await;
        println!("{plan}\n");
        assert_uses(&plan, indexes);
    }
}

/// A node that starts with a small view keeps the plans of that moment for as long as it lives: with a look at all
/// documents of the generation for each batch, a view of n documents would take n² to build.
#[tokio::test]
async fn documents_are_found_by_their_keys_also_by_a_plan_from_when_there_were_few() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    store
        .declare(declare("view", ProcessorKind::View, 16))
        .await
        .unwrap();
    let mut advance = step(&hold(&store, "n1", &of("view", 1), LEASE).await, 1);
    advance.documents = (10..20)
        .map(|number| write(&format!("k{number}"), "{}", 1))
        .collect();
    store.advance(advance).await.unwrap();
    let pool = scratch.pool().await;
    pool.execute("ANALYZE documents").await.unwrap();
    let plan = plan(
        &scratch,
        &pool,
        include_str!("../src/sql/load_documents.sql"),
        "text, integer, text[]",
        "'view', 1, '{k00001,k00002}'",
    )
    .await;
    assert_uses(&plan, &["documents_key"]);
    let by_key = plan
        .lines()
        .any(|line| line.contains("Index Cond:") && line.contains("key = k.key"));
    assert!(by_key, "{plan}");
    store.close().await;
}

/// A step of the processor with something of everything in it.
fn everything(held: &Holding, round: u64) -> Advance {
    let through = held.partitions[0].checkpoint.get() + 1;
    let mut advance = step(held, through);
    advance.documents = vec![
        write("k00001", &round.to_string(), 1),
        delete("k00002", 1),
        write("k00003", &round.to_string(), 1),
    ];
    advance.unparked = vec![(key("k00001"), at(round + 5))];
    advance.parked = vec![park("k00003", round + 5_000, None)];
    advance.sent = vec![uuid::Uuid::from_u128(u128::from(round)).into()];
    advance.postponed = vec![PostponeCommand {
        id: uuid::Uuid::from_u128(u128::from(round) + 100).into(),
        due_at: Some(chrono::DateTime::UNIX_EPOCH),
        attempts: 1,
        error: "no".to_owned(),
    }];
    advance.cancelled = vec![CancelTimer {
        key: key(&format!("k{:05}", round + 200)),
        timer: None,
    }];
    let mut timer = staged(u128::from(round) + 9_000, "k00004", 5);
    timer.timer = Some("t".parse().unwrap());
    timer.is_timer = true;
    advance.staged = vec![timer];
    advance
}

const ROUNDS: u64 = 60;
/// What is staged before.
const STAGED: i64 = 2 * 3_000;

/// The statements inside the functions, as the tables' statistics tell it: no table is scanned, and of a row only as many
/// versions are looked at as one expects.
#[tokio::test]
async fn functions_scan_no_table_and_partitions_stay_on_their_pages() {
    let (scratch, store, pool) = many().await;
    store.close().await;
    let count = async |rows| {
        // Each round stages one more.
        until::statistics_tell_of(&pool, "staged", rows).await;
        let sum = "SELECT sum(seq_scan)::bigint, sum(idx_tup_read)::bigint FROM pg_stat_user_tables t \
                   CROSS JOIN LATERAL (SELECT sum(idx_tup_read) AS idx_tup_read FROM pg_stat_user_indexes i \
                   WHERE i.relid = t.relid) i \
                   WHERE schemaname = current_schema() AND relname IN ('documents', 'parked', 'staged', 'partitions')";
        let row = pool.fetch_one(sum).await.unwrap();
        (row.get::<i64, _>(0), row.get::<i64, _>(1))
    };
    let store = scratch.store().await;
    let before = count(STAGED).await;
    for round in 0..ROUNDS {
        let held = hold(&store, "n1", &of("manager", 1), LEASE).await;
        store.advance(everything(&held, round)).await.unwrap();
        let key = key("k00009");
        store
            .ask(&of("manager", 1), Some(&key), ParkedRequest::Replay)
            .await
            .unwrap();
        let now = chrono::DateTime::UNIX_EPOCH;
        let id = Some(uuid::Uuid::from_u128(u128::from(round) + 100).into());
        store
            .ask_unsent(&of("manager", 1), id, ParkedRequest::Replay, now)
            .await
            .unwrap();
    }
    store
        .release(&node("n1"), &of("manager", 1), &[part(3)])
        .await
        .unwrap();
    store.close().await;
    let after = count(STAGED + ROUNDS.cast_signed()).await;
    let reads = (after.1 - before.1) / ROUNDS.cast_signed();
    println!("{reads} index entries a round");
    assert_eq!(after.0 - before.0, 0, "a table was scanned");
    assert!(
        reads < 500,
        "{reads} index entries a round: an index was walked"
    );

    let hot = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables \
               WHERE schemaname = current_schema() AND relname = 'partitions'";
    let row = pool.fetch_one(hot).await.unwrap();
    let (updates, on_page) = (row.get::<i64, _>(0), row.get::<i64, _>(1));
    println!("{on_page} of {updates} updates of partitions stay on their page");
    assert!(on_page * 10 > updates * 9, "{on_page} of {updates}");
}
