//! Who waits for whom.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/events.rs"]
mod events;
#[path = "support/until.rs"]
mod until;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::ports::read_log::{LogRead, ReadLog};
use cqrs_core::words::filter::Filter;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::{Scratch, append_in};
use events::{event, item, stream, tagged};
use sqlx::Row;
use tokio::time::timeout;

/// Who waits for a lock waits for ever: this only ends the test.
const SOON: Duration = Duration::from_secs(30);
const A_WHILE: Duration = Duration::from_millis(300);

fn append(name: &str, event: &str, tags: &[&str]) -> Append {
    Append::to(
        stream(name),
        ExpectedVersion::Any,
        vec![tagged(event, tags)],
    )
}

fn unless(filter: impl Into<Filter>) -> impl FnOnce(Append) -> Append {
    |append| append.unless(filter.into(), Position::START)
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_that_touch_nothing_in_common_do_not_wait() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let pool = scratch.pool().await;
    let mut transaction = pool.begin().await.unwrap();
    let open = append("a-1", "x", &["t", "u"]);
    let open = unless(item(&["y"], &["v"]))(open);
    append_in(&store, &mut transaction, &open).await.unwrap();
    let others = [
        append("a-2", "x", &["t", "u"]),
        append("a-3", "y", &["t"]),
        append("a-4", "z", &["v"]),
        unless(item(&["z"], &["t"]))(append("a-5", "x", &["t"])),
        unless(item(&["q"], &[]))(append("a-6", "x", &["t"])),
        unless(item(&[], &["w"]))(append("a-7", "x", &[])),
    ];
    for other in others {
        let shown = format!("{other:?}");
        let done = timeout(SOON, store.append(other)).await;
        done.unwrap_or_else(|_| panic!("waits: {shown}")).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_waits_for_an_append_that_it_could_see_and_then_sees_it() {
    for filter in [
        Filter::all(),
        item(&["x"], &[]).into(),
        item(&[], &["t"]).into(),
        item(&["x", "y"], &["t"]).into(),
    ] {
        let scratch = Scratch::new();
        let store = scratch.store().await;
        let pool = scratch.pool().await;
        let mut transaction = pool.begin().await.unwrap();
        append_in(&store, &mut transaction, &append("a-1", "x", &["t"]))
            .await
            .unwrap();
        let conditional = unless(filter)(append("a-2", "z", &[]));
        let mut waiting = tokio::spawn(async move { store.append(conditional).await });
        assert!(
            timeout(A_WHILE, &mut waiting).await.is_err(),
            "it did not wait"
        );
        transaction.commit().await.unwrap();
        let error = timeout(SOON, waiting).await.unwrap().unwrap().unwrap_err();
        assert!(
            matches!(error, AppendError::ConditionFailed { position } if position.get() == 1),
            "{error:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_locks_become_one_that_everybody_waits_for() {
    let scratch = Scratch::new();
    let store = scratch.builder().most_locks(100).connect().await.unwrap();
    let pool = scratch.pool().await;
    let mut transaction = pool.begin().await.unwrap();
    let tags: Vec<_> = (0..60).map(|tag| format!("t:{tag}")).collect();
    let tags: Vec<_> = tags.iter().map(String::as_str).collect();
    append_in(&store, &mut transaction, &append("a-1", "x", &tags))
        .await
        .unwrap();
    let locks =
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
    let locks: i64 = sqlx::query(locks)
        .fetch_one(&mut *transaction)
        .await
        .unwrap()
        .get(0);
    assert_eq!(locks, 2, "the whole log and the floor");
    let other = store.clone();
    let mut waiting = tokio::spawn(async move { other.append(append("b-1", "y", &[])).await });
    assert!(
        timeout(A_WHILE, &mut waiting).await.is_err(),
        "it did not wait"
    );
    transaction.commit().await.unwrap();
    timeout(SOON, waiting).await.unwrap().unwrap().unwrap();
}

/// The largest append that the limits allow, many at once: none fills the server's lock table.
#[tokio::test(flavor = "multi_thread")]
async fn very_large_appends_at_once_all_succeed() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let tasks: Vec<_> = (0..4)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                let events = (0..3_000)
                    .map(|n| tagged("x", &[&format!("t:{task}.{n}"), &format!("u:{n}")]))
                    .collect();
                let append = Append::to(
                    stream(&format!("a-{task}")),
                    ExpectedVersion::NoStream,
                    events,
                );
                store.append(append).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// What a successful append with a condition relied on: no event that the filter means after one position and up to
/// another, except its own.
struct Relied {
    filter: Filter,
    after: Position,
    through: Position,
    own: Vec<cqrs_core::words::event::EventId>,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_random_mix_has_no_violation_and_no_deadlock() {
    let scratch = Scratch::new();
    let store = scratch.builder().connections(16).connect().await.unwrap();
    let pool = scratch.pool().await;
    let deadlocks = async || {
        let count = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
        sqlx::query(count)
            .fetch_one(&pool)
            .await
            .unwrap()
            .get::<i64, _>(0)
    };
    let before = deadlocks().await;
    let last = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..16)
        .map(|_| tokio::spawn(mix(store.clone(), last.clone(), Duration::from_secs(3))))
        .collect();
    let mut relied = Vec::new();
    for task in tasks {
        relied.extend(task.await.unwrap());
    }
    let mut log = Vec::new();
    let mut after = Position::START;
    loop {
        let page = store
            .read_log(LogRead::after(after).limit(10_000))
            .await
            .unwrap();
        after = page.through;
        log.extend(page.events);
        if page.is_last {
            break;
        }
    }
    let violations = relied.iter().filter(|relied| {
        log.iter().any(|event| {
            event.position > relied.after
                && event.position <= relied.through
                && !relied.own.contains(&event.event_id)
                && relied.filter.matches(event)
        })
    });
    assert!(relied.len() > 100, "only {} conditions held", relied.len());
    println!(
        "{} events, {} conditions that held",
        log.len(),
        relied.len()
    );
    assert_eq!(violations.count(), 0);
    store.close().await;
    let events = i64::try_from(log.len()).unwrap();
    until::statistics_tell_of(&pool, "events", events).await;
    assert_eq!(deadlocks().await - before, 0);
}

/// Batches of one to four appends to one or two of eight streams, with tags and conditions from a few of each.
async fn mix(store: Postgres, shared: Arc<AtomicU64>, time: Duration) -> Vec<Relied> {
    let end = std::time::Instant::now() + time;
    let mut relied = Vec::new();
    while std::time::Instant::now() < end {
        let last = shared.load(Ordering::Relaxed);
        let last = Position::new(last).unwrap();
        let batch: Vec<_> = (0..fastrand::usize(1..=4))
            .map(|_| random_append(last))
            .collect();
        let outcomes = store.append_batch(batch.clone()).await;
        for (append, outcome) in batch.into_iter().zip(outcomes) {
            match outcome {
                Ok(AppendOutcome::Recorded(appended)) => {
                    shared.fetch_max(appended.position.get(), Ordering::Relaxed);
                    if let Some(condition) = &append.condition {
                        relied.push(Relied {
                            filter: condition.filter.clone(),
                            after: condition.after,
                            through: appended.position,
                            own: append.events().map(|event| event.event_id).collect(),
                        });
                    }
                }
                Err(AppendError::Store(error @ StoreError::Other(_))) => panic!("{error:?}"),
                _ => {}
            }
        }
    }
    relied
}

fn random_append(after: Position) -> Append {
    let mut append = Append::new();
    let first = fastrand::usize(..200);
    let streams = [first, first + 1];
    for key in &streams[..fastrand::usize(1..=2)] {
        let tags = [
            format!("t:{}", fastrand::u8(..40)),
            format!("u:{}", fastrand::u8(..40)),
        ];
        let tags = [tags[0].as_str(), tags[1].as_str()];
        let name = ["x", "y", "z"][fastrand::usize(..3)];
        let events = vec![tagged(name, &tags), event(name)];
        append = append.and_to(stream(&format!("s-{key}")), ExpectedVersion::Any, events);
    }
    let tag = format!("t:{}", fastrand::u8(..40));
    match fastrand::u8(..6) {
        0 => append.unless(item(&[], &[&tag]).into(), after),
        1 => append.unless(item(&["x"], &[&tag]).into(), after),
        2 => append.unless(
            Filter::any_of([item(&["y"], &[&tag]), item(&["x", "z"], &["u:1"])]),
            after,
        ),
        3 => append.unless(item(&["rare"], &[]).into(), after),
        _ => append,
    }
}
