//! Whether the reads use the indexes that their head comments name.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/events.rs"]
mod events;
#[path = "support/plan.rs"]
mod plan;
#[path = "support/until.rs"]
mod until;

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::read_stream::{ReadStream, StreamRead};
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::scratch::Scratch;
use events::{stream, tagged};
use plan::{assert_uses, plan};
use sqlx::Row;
use sqlx::postgres::PgPool;

/// The events of the log.
const EVENTS: i64 = 20 * 50 * 10;

async fn log_of_many_events() -> (Scratch, PgPool) {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    for batch in 0..20 {
        let names = ["a", "b", "c"];
        let append = |key: usize| {
            let events = (0..10)
                .map(|n| {
                    tagged(
                        names[n % 3],
                        &[&format!("t:{}", n % 7), &format!("u:{key}")],
                    )
                })
                .collect();
            Append::to(
                stream(&format!("s{}-{batch}.{key}", key % 5)),
                ExpectedVersion::NoStream,
                events,
            )
        };
        for outcome in store.append_batch((0..50).map(append).collect()).await {
            outcome.unwrap();
        }
    }
    store.close().await;
    let pool = scratch.pool().await;
    sqlx::raw_sql("ANALYZE events; ANALYZE event_tags")
        .execute(&pool)
        .await
        .unwrap();
    (scratch, pool)
}

#[tokio::test]
async fn reads_use_the_indexes_that_they_name() {
    let (scratch, pool) = log_of_many_events().await;
    let probes = "'{tag,name,category}', '{t:1,a,s1}', '{s1,null,null}', '{a b,null,null}', '{u:1,null,null}'";
    let filtered = format!("1, 9000, 100, {probes}");
    for (statement, types, values, indexes) in [
        (
            include_str!("../src/sql/read_stream_forward.sql"),
            "text, text, bigint, bigint",
            "'s1', '1.1', 1, 100",
            &["events_stream"][..],
        ),
        (
            include_str!("../src/sql/read_stream_backward.sql"),
            "text, text, bigint, bigint",
            "'s1', '1.1', 9, 100",
            &["events_stream"],
        ),
        (
            include_str!("../src/sql/read_log.sql"),
            "bigint, bigint, bigint",
            "1, 9000, 100",
            &["events_position"],
        ),
        (
            include_str!("../src/sql/read_log_scanned.sql"),
            "bigint, bigint, bigint, text[], text[]",
            "1, 9000, 100, '{s1}', '{a}'",
            &["events_position"],
        ),
        (
            include_str!("../src/sql/read_log_filtered.sql"),
            "bigint, bigint, bigint, text[], text[], text[], text[], text[]",
            &filtered,
            &[
                "event_tags_tag",
                "events_name",
                "events_category",
                "events_position",
            ],
        ),
        (
            include_str!("../src/sql/count_log.sql"),
            "bigint, bigint, bigint, text[], text[], text[], text[], text[]",
            &filtered,
            &[
                "event_tags_tag",
                "events_name",
                "events_category",
                "events_position",
            ],
        ),
        (
            include_str!("../src/sql/read_from_snapshot.sql"),
            "text, text, bigint, bigint, bigint",
            "'s1', '1.1', 9, 7, 100",
            &["snapshots_stream", "events_stream"],
        ),
        (
            include_str!("../src/sql/fold_stream.sql"),
            "text, text, bigint, bigint, bigint",
            "'s1', '1.1', 1, 9, 100",
            &["events_stream"],
        ),
        (
            include_str!("../src/sql/fold_from_snapshot.sql"),
            "text, text, bigint, bigint, bigint",
            "'s1', '1.1', 9, 7, 100",
            &["snapshots_stream", "events_stream"],
        ),
        (
            include_str!("../src/sql/find_snapshot.sql"),
            "text, text, bigint",
            "'s1', '1.1', 9",
            &["snapshots_stream"],
        ),
        (
            include_str!("../src/sql/list_snapshots.sql"),
            "text, text, bigint",
            "'s1', '1.1', 100",
            &["snapshots_stream"],
        ),
        (
            include_str!("../src/sql/drop_snapshots.sql"),
            "text, text",
            "'s1', '1.1'",
            &["snapshots_stream"],
        ),
        (
            include_str!("../src/sql/find_events.sql"),
            "uuid[]",
            "'{00000000-0000-0000-0000-000000000001}'",
            &["events_event_id"],
        ),
    ] {
        let plan = plan(&scratch, &pool, statement, types, values).await;
        println!("{plan}\n");
        assert_uses(&plan, indexes);
    }
}

#[tokio::test]
async fn a_read_by_tag_begins_at_the_tag_also_on_an_empty_log() {
    let scratch = Scratch::new();
    scratch.store().await.close().await;
    let pool = scratch.pool().await;
    let plan = plan(
        &scratch,
        &pool,
        include_str!("../src/sql/read_log_filtered.sql"),
        "bigint, bigint, bigint, text[], text[], text[], text[], text[]",
        "1, 9000, 100, '{tag}', '{t:1}', '{s1}', '{a b}', '{u:1}'",
    )
    .await;
    assert_uses(&plan, &["event_tags_tag", "events_position"]);
    let looked_up = "Index Cond: (\"position\" = t.\"position\")";
    assert!(plan.contains(looked_up), "{plan}");
}

/// The statements inside `append_batch`, as the server logs their plans with `auto_explain`, would need a superuser:
/// what the tables' statistics say afterwards does not.
#[tokio::test]
async fn appends_scan_no_table() {
    let (scratch, pool) = log_of_many_events().await;
    let scans =
        "SELECT sum(seq_scan)::bigint FROM pg_stat_user_tables WHERE schemaname = current_schema()";
    let count = async |events| {
        until::statistics_tell_of(&pool, "events", events).await;
        sqlx::query(scans)
            .fetch_one(&pool)
            .await
            .unwrap()
            .get::<i64, _>(0)
    };
    let before = count(EVENTS).await;
    let store = scratch.store().await;
    for number in 0..20 {
        let append = Append::to(
            stream(&format!("z-{number}")),
            ExpectedVersion::Any,
            vec![tagged("q", &["z"])],
        )
        .unless(
            events::item(&["a"], &["nobody"]).into(),
            cqrs_core::words::position::Position::START,
        )
        .with_receipt(events::receipt(&format!("k{number}")));
        store.append(append).await.unwrap();
    }
    store.close().await;
    // The migrations' own small table is read once by each connect.
    assert!(count(EVENTS + 20).await - before <= 2);
}

/// How many entries of the events' and tags' indexes were read so far.
async fn entries_read(pool: &PgPool) -> i64 {
    sqlx::raw_sql("SELECT pg_stat_clear_snapshot()")
        .execute(pool)
        .await
        .unwrap();
    let read = "SELECT COALESCE(sum(idx_tup_read), 0)::bigint FROM pg_stat_user_indexes
                WHERE schemaname = current_schema() AND relname IN ('events', 'event_tags')";
    sqlx::query(read).fetch_one(pool).await.unwrap().get(0)
}

async fn leave_without_statistics(pool: &PgPool) {
    sqlx::raw_sql(
        "ALTER TABLE events SET (autovacuum_enabled = false);
         ALTER TABLE event_tags SET (autovacuum_enabled = false)",
    )
    .execute(pool)
    .await
    .unwrap();
}

/// A session keeps the plans that it made while the log was empty, and nothing tells the server to make new ones before the
/// tables are analysed for the first time.
#[tokio::test]
async fn a_condition_reads_its_tag_only_also_with_the_plan_of_an_empty_log() {
    const APPENDS: i64 = 400;

    let scratch = Scratch::new();
    let store = scratch.store().await;
    let pool = scratch.pool().await;
    leave_without_statistics(&pool).await;
    for number in 0..APPENDS {
        let tag = format!("t:{number}");
        let append = Append::to(
            stream(&format!("z-{number}")),
            ExpectedVersion::Any,
            vec![tagged("q", &[&tag])],
        )
        .unless(
            events::item(&["q"], &[&tag]).into(),
            cqrs_core::words::position::Position::START,
        );
        store.append(append).await.unwrap();
    }
    store.close().await;
    until::statistics_tell_of(&pool, "events", APPENDS).await;
    let read = entries_read(&pool).await;
    assert!(
        read < 10 * APPENDS,
        "{APPENDS} appends read {read} entries of the indexes"
    );
}

/// The same of streams. An index of categories, which has fewer pages, looked cheaper than that of streams when the server made its plan on a
/// few hundred events, and was read from end to end for each stream then: so the number of events on which it does that varies here.
#[tokio::test]
async fn a_stream_is_looked_at_alone_also_with_the_plan_of_a_small_log() {
    for streams in (8..=40).step_by(4) {
        let (events, read) = entries_read_by_appends_to(streams).await;
        assert!(
            read < 4 * events,
            "{events} events, {streams} streams a call, read {read} entries of the indexes"
        );
    }
}

/// How many events are recorded by calls for so many new streams each, and how many entries of indexes are read for them.
async fn entries_read_by_appends_to(streams: i64) -> (i64, i64) {
    const CALLS: i64 = 20;

    let scratch = Scratch::new();
    let store = scratch.store().await;
    let pool = scratch.pool().await;
    leave_without_statistics(&pool).await;
    for call in 0..CALLS {
        let to = |number| stream(&format!("z-{:0>40}", call * streams + number));
        let append = |number| {
            let event = tagged("q", &[]);
            Append::to(to(number), ExpectedVersion::NoStream, vec![event])
        };
        for outcome in store.append_batch((0..streams).map(append).collect()).await {
            outcome.unwrap();
        }
        let alone = Append::to(to(0), ExpectedVersion::Any, vec![tagged("q", &[])]);
        store.append(alone).await.unwrap();
        store.read_stream(StreamRead::forward(to(0))).await.unwrap();
        store
            .read_stream(StreamRead::backward(to(0)))
            .await
            .unwrap();
    }
    store.close().await;
    let events = CALLS * (streams + 1);
    until::statistics_tell_of(&pool, "events", events).await;
    (events, entries_read(&pool).await)
}
