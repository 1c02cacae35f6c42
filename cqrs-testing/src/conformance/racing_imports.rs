//! Imports that race with appends and readers.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cqrs_core::ports::import::{ImportEvent, ImportEvents};
use cqrs_core::ports::read_log::LogRead;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::RecordedEvent;
use cqrs_core::words::position::Position;

use super::harness::StoreHarness;
use super::imports::imported;
use super::race::race;
use super::sample::{ANY, account, numbered, one, version};
use super::{ask, expect};

const ROUNDS: usize = 20;
const EVENTS: usize = 50;

/// A chunk of a stream of its own, right after what is there.
fn chunk(key: impl std::fmt::Display) -> Vec<ImportEvent> {
    let stream = account(key);
    let event =
        |number: usize| ImportEvent::new(stream.clone(), version(number as u64), numbered(number));
    (1..=EVENTS).map(event).collect()
}

/// Two that append, and two that import.
async fn write(store: SharedStore, importer: Arc<dyn ImportEvents>) {
    race(4, |task| {
        let (store, importer) = (Arc::clone(&store), Arc::clone(&importer));
        async move {
            for round in 0..ROUNDS {
                if task % 2 == 0 {
                    imported(importer.import(chunk(format!("{task}-{round}"))).await);
                } else {
                    expect::recorded(store.append(one(&account("shared"), ANY, round)).await);
                }
            }
        }
    })
    .await;
}

const ALL: usize = 2 * ROUNDS * EVENTS + 2 * ROUNDS;

/// Catches a store in which an import and an append take the same place.
pub async fn a5_racing_appends_and_imports_are_all_recorded<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    write(Arc::clone(&store), harness.importer()).await;
    let log = ask::log(&store).await;
    assert_eq!(log.len(), ALL, "the events of the log");
    rising(&log);
    expect::no_gaps(&ask::stream(&store, &account("shared")).await);
}

#[track_caller]
fn rising(log: &[RecordedEvent]) {
    let rises = |pair: &[RecordedEvent]| pair[0].position < pair[1].position;
    assert!(log.windows(2).all(rises), "positions rise");
}

/// Catches a store whose readers pass the positions of an import that is in flight.
pub async fn f1_readers_see_imported_events_once<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let (store, done) = (Arc::clone(&store), Arc::clone(&done));
        async move {
            let (mut after, mut seen) = (Position::START, Vec::new());
            loop {
                let was_done = done.load(Ordering::Relaxed);
                let page = store.read_log(LogRead::after(after).limit(100)).await;
                let page = page.expect("the log can be read");
                after = page.through;
                seen.extend(page.events);
                if page.is_last && was_done {
                    return seen;
                }
                tokio::task::yield_now().await;
            }
        }
    });
    write(Arc::clone(&store), harness.importer()).await;
    done.store(true, Ordering::Relaxed);
    let seen: Vec<RecordedEvent> = reader.await.expect("the reader goes on to the end");
    rising(&seen);
    let ids: HashSet<_> = seen.iter().map(|event| event.event_id).collect();
    assert_eq!((seen.len(), ids.len()), (ALL, ALL), "each event once");
}

/// Catches a store that leaves half a chunk behind, or a lock, when nobody waits for it any more.
pub async fn r1_a_dropped_import_is_recorded_whole_or_not_at_all<H: StoreHarness>(harness: &H) {
    let (store, importer) = (harness.store(), harness.importer());
    for round in 0..2 * ROUNDS {
        let longest = Duration::from_micros(fastrand::u64(..4_000));
        let chunk = chunk(round);
        let _dropped = tokio::time::timeout(longest, importer.import(chunk.clone())).await;
        // Waits for whatever is still in flight.
        expect::recorded(store.append(one(&account("other"), ANY, round)).await);
        let recorded = ask::stream(&store, &account(round)).await.len();
        assert!(
            recorded == 0 || recorded == EVENTS,
            "all or none, and not {recorded}"
        );
        let outcome = imported(importer.import(chunk).await);
        assert_eq!(outcome.recorded + outcome.repeated, EVENTS);
    }
    let log = ask::log(&store).await;
    assert_eq!(log.len(), 2 * ROUNDS * (EVENTS + 1), "each event once");
}
