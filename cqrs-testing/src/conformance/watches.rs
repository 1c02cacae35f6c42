//! F5: a watch moves when the log has grown, and shows nothing that cannot be read.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::ports::append::Append;
use cqrs_core::ports::read_log::LogRead;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::ports::watch::LogWatch;
use cqrs_core::words::position::Position;

use super::harness::StoreHarness;
use super::race::race;
use super::sample::{ANY, NO_STREAM, account, one, some};
use super::{ask, expect};

/// Far more than the milliseconds that are promised, so that a busy machine fails no test.
const SOON: Duration = Duration::from_secs(5);

/// Waits until the watch has reached a position.
async fn reaches(watch: &mut LogWatch, position: Position) {
    let mut settled = watch.position();
    while settled < position {
        let moved = tokio::time::timeout(SOON, watch.past(settled)).await;
        let Ok(moved) = moved else {
            panic!("the log has grown to {position}, but after {SOON:?} the watch is at {settled}")
        };
        let moved = moved.expect("the store is open");
        assert!(
            moved > settled,
            "a watch that was waited for has moved: from {settled} to {moved}"
        );
        settled = moved;
    }
}

/// Catches a store that forgets to tell its watches.
pub async fn f5_a_watch_moves_after_an_append<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let (mut first, mut second) = (store.watch(), store.watch());
    for number in 1..=5 {
        let appended = expect::recorded(store.append(one(&account("1"), ANY, number)).await);
        reaches(&mut first, appended.position).await;
        reaches(&mut second, appended.position).await;
    }
}

/// Catches a store whose watches learn only of appends in their own process.
pub async fn f5_a_watch_moves_after_an_append_through_another_handle<H: StoreHarness>(harness: &H) {
    let (store, other) = (harness.store(), harness.second_handle().await);
    let (mut watch, mut watch_of_other) = (store.watch(), other.watch());
    for number in 1..=5 {
        let writer = if number % 2 == 0 { &store } else { &other };
        let appended = expect::recorded(writer.append(one(&account("1"), ANY, number)).await);
        reaches(&mut watch, appended.position).await;
        reaches(&mut watch_of_other, appended.position).await;
    }
}

/// Catches a store whose watches know only of what comes after them.
pub async fn f5_a_new_watch_shows_what_is_there<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let appended = expect::recorded(store.append(Append::to(account("1"), ANY, some(3))).await);
    reaches(&mut store.watch(), appended.position).await;
}

/// Catches a store whose watches begin at nothing after a restart.
pub async fn f5_a_watch_shows_what_is_there_after_a_restart<H: StoreHarness>(harness: &H) {
    let appended = expect::recorded(harness.store().append(one(&account("1"), ANY, 1)).await);
    let store = harness.restart().await;
    reaches(&mut store.watch(), appended.position).await;
    let appended = expect::recorded(store.append(one(&account("1"), ANY, 2)).await);
    reaches(&mut store.watch(), appended.position).await;
}

/// Catches a store whose watches wake up for nothing, and so keep their readers busy.
pub async fn f5_a_watch_rests_while_nothing_is_recorded<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let appended = expect::recorded(store.append(one(&account("1"), NO_STREAM, 1)).await);
    let mut watch = store.watch();
    reaches(&mut watch, appended.position).await;
    let settled = watch.position();
    expect::conflict(store.append(one(&account("1"), NO_STREAM, 2)).await);
    let moved = tokio::time::timeout(Duration::from_millis(100), watch.past(settled)).await;
    assert!(
        moved.is_err(),
        "nothing was recorded, but the watch moved from {settled} to {moved:?}"
    );
}

/// Catches a store whose watches move before the events can be read, or past what is still in flight.
pub async fn f5_what_a_watch_shows_can_be_read<H: StoreHarness>(harness: &H) {
    const TASKS: usize = 8;
    const ROUNDS: usize = 10;
    let store = harness.store();
    let follower = tokio::spawn({
        let store = Arc::clone(&store);
        async move { follow(&store, TASKS * ROUNDS * 2).await }
    });
    race(TASKS, |task| {
        let store = Arc::clone(&store);
        async move {
            for _ in 0..ROUNDS {
                let append =
                    Append::to(account(task), ANY, some(1)).and_to(account("all"), ANY, some(1));
                expect::recorded(store.append(append).await);
            }
        }
    })
    .await;
    let seen = follower.await.expect("the follower sees everything");
    assert!(
        seen == ask::log(&store).await,
        "the follower saw the log as it is"
    );
}

/// Reads only what the watch has shown, until so many events have come.
async fn follow(store: &SharedStore, count: usize) -> Vec<cqrs_core::words::event::RecordedEvent> {
    let (mut watch, mut after, mut seen) = (store.watch(), Position::START, Vec::new());
    while seen.len() < count {
        let settled = tokio::time::timeout(SOON, watch.past(after)).await;
        let Ok(settled) = settled else {
            panic!(
                "of {count} events {} have come, and the watch is silent",
                seen.len()
            )
        };
        let settled = settled.expect("the store is open");
        while after < settled {
            let request = LogRead::after(after).through(settled).limit(20);
            let page = store.read_log(request).await.expect("the log can be read");
            assert!(
                page.through > after,
                "up to {settled} the log is settled, so a page comes on from {after}"
            );
            after = page.through;
            seen.extend(page.events);
        }
    }
    seen
}
