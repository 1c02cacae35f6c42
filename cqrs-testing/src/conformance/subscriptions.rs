//! F5 and F1: a subscription over the store says when it has caught up, and delivers each event once.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::ports::append::Append;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::runtime::subscription::{Delivery, Subscription};
use cqrs_core::words::event::{EventName, RecordedEvent};
use cqrs_core::words::filter::Filter;
use cqrs_core::words::position::Position;

use super::harness::StoreHarness;
use super::race::race;
use super::sample::{ANY, account, named, one, some};
use super::{ask, expect};

/// Far more than the milliseconds that are promised, so that a busy machine fails no test.
const SOON: Duration = Duration::from_secs(5);

async fn next(subscription: &mut Subscription) -> Delivery {
    let Ok(delivery) = tokio::time::timeout(SOON, subscription.next()).await else {
        panic!("a delivery was due, but after {SOON:?} none has come")
    };
    delivery.expect("the log can be read")
}

async fn next_event(subscription: &mut Subscription) -> RecordedEvent {
    match next(subscription).await {
        Delivery::Event(event) => *event,
        Delivery::CaughtUp(position) => {
            panic!("an event was due, but it has caught up at {position}")
        }
    }
}

async fn caught_up(subscription: &mut Subscription) -> Position {
    match next(subscription).await {
        Delivery::CaughtUp(position) => position,
        Delivery::Event(event) => panic!("it should have caught up, but there came {event:?}"),
    }
}

/// The next so many events, whatever it says about having caught up.
async fn events(subscription: &mut Subscription, count: usize) -> Vec<RecordedEvent> {
    let mut events = Vec::new();
    while events.len() < count {
        if let Delivery::Event(event) = next(subscription).await {
            events.push(*event);
        }
    }
    events
}

fn all(store: &SharedStore) -> Subscription {
    Subscription::new(Arc::clone(store), Position::START, Filter::all())
}

/// Catches a store whose last page does not say so, or whose watches miss an append.
pub async fn f5_a_subscription_catches_up_once_and_then_delivers<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    expect::recorded(store.append(Append::to(account("1"), ANY, some(5))).await);
    for page in [1, 2, 5, 100] {
        let there = ask::log(&store).await;
        let mut subscription = all(&store).page(page);
        for event in &there {
            assert_eq!(next_event(&mut subscription).await, *event);
        }
        let last = there.last().map(|event| event.position);
        let end = caught_up(&mut subscription).await;
        assert!(
            Some(end) >= last,
            "it has caught up at {end}, the last event is at {last:?}"
        );
        for number in 0..3 {
            let appended = expect::recorded(store.append(one(&account("1"), ANY, number)).await);
            assert_eq!(
                next_event(&mut subscription).await.position,
                appended.position
            );
        }
        let more = tokio::time::timeout(Duration::from_millis(30), subscription.next()).await;
        assert!(
            more.is_err(),
            "nothing more is there, but there came {more:?}"
        );
    }
}

/// Catches a store that has no last page where there are no events.
pub async fn f5_a_subscription_on_an_empty_log_has_caught_up<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let mut subscription = all(&store);
    caught_up(&mut subscription).await;
    let appended = expect::recorded(store.append(one(&account("1"), ANY, 1)).await);
    assert_eq!(
        next_event(&mut subscription).await.position,
        appended.position
    );
}

/// Catches a store that wakes up only its own readers.
pub async fn f5_a_subscription_delivers_what_another_handle_appends<H: StoreHarness>(harness: &H) {
    let (store, other) = (harness.store(), harness.second_handle().await);
    let mut subscription = all(&store);
    caught_up(&mut subscription).await;
    for number in 0..5 {
        let appended = expect::recorded(other.append(one(&account("1"), ANY, number)).await);
        assert_eq!(
            next_event(&mut subscription).await.position,
            appended.position
        );
    }
}

/// Catches a store whose watch does not survive, or whose positions begin again.
pub async fn f5_a_subscription_goes_on_after_a_restart<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    expect::recorded(store.append(Append::to(account("1"), ANY, some(3))).await);
    let mut subscription = all(&store);
    let last = events(&mut subscription, 2).await.remove(1).position;
    drop((subscription, store));
    let store = harness.restart().await;
    let mut subscription = Subscription::new(Arc::clone(&store), last, Filter::all());
    assert_eq!(next_event(&mut subscription).await.version.get(), 3);
    caught_up(&mut subscription).await;
    let appended = expect::recorded(store.append(one(&account("1"), ANY, 4)).await);
    assert_eq!(
        next_event(&mut subscription).await.position,
        appended.position
    );
}

/// Catches a store that keeps the place of a reader itself.
pub async fn f5_every_subscription_gets_everything<H: StoreHarness>(harness: &H) {
    const WRITERS: usize = 8;
    const EACH: usize = 10;
    let store = harness.store();
    let readers: Vec<_> = (0..4)
        .map(|number| {
            let mut subscription = all(&store).page(1 + number * 7);
            tokio::spawn(async move { events(&mut subscription, WRITERS * EACH).await })
        })
        .collect();
    write(&store, WRITERS, EACH).await;
    let log = ask::log(&store).await;
    for reader in readers {
        let seen = reader.await.expect("a subscription delivers everything");
        assert!(seen == log, "each subscription delivers the log as it is");
    }
}

/// Catches a store whose reads or watches lose something when they are dropped halfway.
pub async fn f5_a_subscription_that_is_dropped_while_it_waits_loses_nothing<H: StoreHarness>(
    harness: &H,
) {
    const WRITERS: usize = 4;
    const EACH: usize = 20;
    let store = harness.store();
    let reader = tokio::spawn({
        let mut subscription = all(&store).page(3);
        async move {
            let mut seen = Vec::new();
            while seen.len() < WRITERS * EACH {
                let longest = Duration::from_micros(fastrand::u64(..3_000));
                if let Ok(delivery) = tokio::time::timeout(longest, subscription.next()).await
                    && let Delivery::Event(event) = delivery.expect("the log can be read")
                {
                    seen.push(*event);
                }
            }
            seen
        }
    });
    write(&store, WRITERS, EACH).await;
    let seen = reader.await.expect("the subscription delivers everything");
    assert!(
        seen == ask::log(&store).await,
        "the subscription delivers the log as it is"
    );
}

/// Catches a store that looks at the whole log for every event, or holds a filtered reader at the last match.
pub async fn f5_a_filtered_subscription_delivers_what_matches<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let wanted = EventName::from_static("wanted");
    let append = |names: &[&'static str]| {
        Append::to(
            account("1"),
            ANY,
            names.iter().map(|name| named(name)).collect(),
        )
    };
    let end = expect::recorded(store.append(append(&["other", "wanted", "other"])).await).position;
    let mut subscription =
        Subscription::new(Arc::clone(&store), Position::START, Filter::name(wanted));
    assert_eq!(next_event(&mut subscription).await.version.get(), 2);
    assert!(caught_up(&mut subscription).await >= end);
    for round in 0..5_u64 {
        expect::recorded(store.append(append(&["other"])).await);
        expect::recorded(store.append(append(&["other", "wanted"])).await);
        assert_eq!(
            next_event(&mut subscription).await.version.get(),
            6 + 3 * round
        );
    }
}

async fn write(store: &SharedStore, writers: usize, each: usize) {
    race(writers, |task| {
        let store = Arc::clone(store);
        async move {
            for number in 0..each {
                expect::recorded(store.append(one(&account(task), ANY, number)).await);
            }
        }
    })
    .await;
}
