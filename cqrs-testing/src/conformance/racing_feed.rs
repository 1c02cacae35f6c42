//! F1 and F2, in races: whatever aborts, delays or overlaps.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cqrs_core::ports::append::{Append, AppendOutcome};
use cqrs_core::ports::error::AppendError;
use cqrs_core::ports::read_log::LogRead;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::{EventId, EventName, RecordedEvent};
use cqrs_core::words::filter::Filter;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::StreamId;

use super::harness::StoreHarness;
use super::race::race;
use super::sample::{ANY, account, exact, named, one, some};
use super::{ask, expect};

/// Catches a store that reads a plain sequence: events that become visible late are skipped.
pub async fn f1_readers_see_every_event_once_while_writers_race<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    readers_see_every_event_once(&[Arc::clone(&store)], &[store]).await;
}

/// Catches a store whose readers know only the writers of their own process.
pub async fn f1_readers_see_every_event_once_while_writers_race_across_handles<H: StoreHarness>(
    harness: &H,
) {
    let stores = [harness.store(), harness.second_handle().await];
    readers_see_every_event_once(&stores, &stores).await;
}

const WRITERS: usize = 16;
const ROUNDS: usize = 12;

async fn readers_see_every_event_once(writers: &[SharedStore], readers: &[SharedStore]) {
    let following: Vec<_> = [1, 7, 500]
        .into_iter()
        .enumerate()
        .map(|(number, limit)| {
            let store = Arc::clone(&readers[number % readers.len()]);
            tokio::spawn(async move { follow(&store, limit).await })
        })
        .collect();
    let written = race(WRITERS, |task| {
        let store = Arc::clone(&writers[task % writers.len()]);
        async move { write(&store, task).await }
    })
    .await;
    // What was dropped in flight holds the log back until it is decided: then the last event appears.
    expect::recorded(writers[0].append(one(&account("last"), ANY, 0)).await);
    let mut acknowledged = HashSet::new();
    let mut refused = HashSet::new();
    for (yes, no) in written {
        acknowledged.extend(yes);
        refused.extend(no);
    }
    for reader in following {
        let seen = reader.await.expect("a reader goes on to the end");
        let ids: HashSet<EventId> = seen.iter().map(|event| event.event_id).collect();
        let missed = acknowledged.difference(&ids).count();
        assert_eq!(
            missed,
            0,
            "of {} acknowledged events so many were missed",
            acknowledged.len()
        );
        assert_eq!(ids.len(), seen.len(), "no event is seen twice");
        assert!(
            ids.is_disjoint(&refused),
            "no event of a refused append is seen"
        );
        in_order(&seen);
        let mut all = ask::log(&writers[0]).await;
        all.truncate(seen.len());
        assert!(seen == all, "a reader that comes later sees the same log");
    }
}

/// Appends of all kinds: to streams of one's own and of all, over two streams, with conflicts, and dropped in flight.
async fn write(store: &SharedStore, task: usize) -> (Vec<EventId>, Vec<EventId>) {
    let (mut acknowledged, mut refused) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let own = account(format!("task-{task}"));
        let append = match (task + round) % 4 {
            0 => Append::to(own, ANY, some(3)),
            1 => Append::to(account("shared"), ANY, some(1)).and_to(own, ANY, some(2)),
            2 => Append::to(own, ANY, some(1)).and_to(account("shared"), exact(100_000), some(2)),
            _ => Append::to(account(format!("pair-{}", task / 2)), ANY, some(2)),
        };
        let ids: Vec<_> = append.events().map(|event| event.event_id).collect();
        if fastrand::u8(..8) == 0 {
            let longest = Duration::from_micros(fastrand::u64(..1_500));
            let _dropped = tokio::time::timeout(longest, store.append(append)).await;
            continue;
        }
        match store.append(append).await {
            Ok(AppendOutcome::Recorded(_)) => acknowledged.extend(ids),
            Err(AppendError::Conflict { .. }) => refused.extend(ids),
            other => panic!("recorded or a conflict, but not {other:?}"),
        }
    }
    (acknowledged, refused)
}

/// Follows the log to the event that was recorded when all writers were done.
async fn follow(store: &SharedStore, limit: usize) -> Vec<RecordedEvent> {
    let (mut after, mut seen) = (Position::START, Vec::<RecordedEvent>::new());
    loop {
        let page = store.read_log(LogRead::after(after).limit(limit)).await;
        let page = page.expect("the log can be read");
        assert!(page.through >= after, "a page never goes back");
        let inside = after..=page.through;
        let outside = page
            .events
            .iter()
            .find(|event| !inside.contains(&event.position));
        assert_eq!(
            outside, None,
            "a page has events after {after} and through {}",
            page.through
        );
        after = page.through;
        let at_the_last = page
            .events
            .iter()
            .any(|event| event.stream == account("last"));
        seen.extend(page.events);
        if at_the_last {
            return seen;
        }
        if page.is_last {
            tokio::time::sleep(Duration::from_micros(300)).await;
        }
    }
}

/// Positions rise, and the versions of each stream come one after the other.
fn in_order(seen: &[RecordedEvent]) {
    let mut versions: HashMap<&StreamId, u64> = HashMap::new();
    let mut last = Position::START;
    for event in seen {
        assert!(
            event.position > last,
            "positions rise: {event:?} after {last}"
        );
        last = event.position;
        let version = versions.entry(&event.stream).or_default();
        *version += 1;
        assert_eq!(event.version.get(), *version, "the version of {event:?}");
    }
}

/// Catches a store whose filtered reads go past what is still in flight.
pub async fn f1_filtered_readers_miss_nothing_while_writers_race<H: StoreHarness>(harness: &H) {
    const TASKS: usize = 16;
    const MORE_ROUNDS: usize = 3 * ROUNDS;
    const WANTED: EventName = EventName::from_static("wanted");
    let store = harness.store();
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let (store, done) = (Arc::clone(&store), Arc::clone(&done));
        async move {
            let (mut after, mut seen) = (Position::START, 0);
            loop {
                let was_done = done.load(Ordering::Relaxed);
                let request = LogRead::after(after)
                    .filter(Filter::name(WANTED))
                    .limit(100);
                let page = store.read_log(request).await.expect("the log can be read");
                after = page.through;
                seen += page.events.len();
                if page.is_last && was_done {
                    return seen;
                }
                tokio::task::yield_now().await;
            }
        }
    });
    race(TASKS, |task| {
        let store = Arc::clone(&store);
        async move {
            for round in 0..MORE_ROUNDS {
                let wanted = (task + round) % 2 == 0;
                let event = named(if wanted { "wanted" } else { "other" });
                let append = Append::to(account(task), ANY, vec![event]);
                expect::recorded(store.append(append).await);
            }
        }
    })
    .await;
    done.store(true, Ordering::Relaxed);
    let seen = reader.await.expect("the reader goes on to the end");
    assert_eq!(seen, TASKS * MORE_ROUNDS / 2, "the events that match");
}

/// Catches a store that gives positions in another order than versions.
pub async fn f2_events_of_a_stream_come_in_version_order<H: StoreHarness>(harness: &H) {
    const TASKS: usize = 32;
    let store = harness.store();
    race(TASKS, |task| {
        let store = Arc::clone(&store);
        async move {
            for round in 0..4 {
                let (first, second) =
                    (account((task + round) % 3), account((task + round + 1) % 3));
                let append = Append::to(first, ANY, some(2)).and_to(second, ANY, some(1));
                expect::recorded(store.append(append).await);
            }
        }
    })
    .await;
    let log = ask::log(&store).await;
    assert_eq!(log.len(), TASKS * 4 * 3, "the events of the log");
    in_order(&log);
}
