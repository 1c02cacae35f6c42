//! Pages that are read ahead: as few reads as before, and nothing left out.

use cqrs_core::ports::error::BoxError;
use cqrs_core::ports::store::EventStore;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::subscription::Delivery;
use cqrs_core::words::filter::Filter;
use cqrs_core::words::position::Position;
use cqrs_memory::Memory;
use cqrs_testing::FaultyStore;
use cqrs_testing::faulty_store::ReadFault;
use futures::FutureExt;

use super::counting_store::CountingStore;
use super::domain::{Checked, Open, Put, TILL, Till, TillEvent};

const COINS: u32 = 1;

/// An application that reads two events at a time, and one till with so many events.
async fn till_with<S: EventStore>(store: S, events: u32) -> Result<Cqrs, BoxError> {
    let till = TILL;
    let built = Cqrs::builder(store).aggregate::<Till>().page(2);
    let cqrs = built.build().await?;
    let _ = cqrs.send(Open { till }).await?;
    for _ in 1..events {
        let _ = cqrs.send(Put { till, coins: COINS }).await?;
    }
    Ok(cqrs)
}

#[tokio::test]
async fn a_short_aggregate_is_read_once_and_a_long_one_a_page_at_a_time() -> Checked {
    for (events, pages) in [(1, 1), (2, 1), (3, 2), (5, 3), (6, 3)] {
        let store = CountingStore::default();
        let cqrs = till_with(store.clone(), events).await?;
        store.asked();
        let till = cqrs.repository::<Till>().load(&TILL).await?;
        assert_eq!(till.coins, events - 1);

        assert_eq!(store.asked().1, pages, "{events} events");
    }
    Ok(())
}

#[tokio::test]
async fn a_page_that_could_not_be_read_ahead_is_read_when_it_is_wanted() -> Checked {
    let store = FaultyStore::new(Memory::new());
    let cqrs = till_with(store.clone(), 5).await?;
    let mut events = cqrs.read_log::<TillEvent>(Position::START);
    let mut seen = 0;
    while events.next().await?.is_some() {
        seen += 1;
        if seen == 1 {
            // The first page is there. The next one is on its way as soon as this task waits, and fails.
            store.next_read(ReadFault::Unavailable);
        }
    }
    assert_eq!((seen, store.faults_left()), (5, 0));
    Ok(())
}

#[tokio::test]
async fn a_reader_that_gives_up_again_and_again_misses_nothing() -> Checked {
    let cqrs = till_with(Memory::new(), 20).await?;
    let mut log = cqrs.read_log::<TillEvent>(Position::START);
    let mut versions = Vec::new();
    loop {
        match log.next().now_or_never() {
            None => tokio::task::yield_now().await,
            Some(next) => match next? {
                Some(event) => versions.push(event.version.get()),
                None => break,
            },
        }
    }
    assert!(versions.iter().copied().eq(1..=20), "{versions:?}");

    let mut subscription = cqrs.subscribe(Position::START, Filter::all()).page(2);
    let mut versions = Vec::new();
    loop {
        match subscription.next().now_or_never() {
            None => tokio::task::yield_now().await,
            Some(next) => match next? {
                Delivery::Event(event) => versions.push(event.version.get()),
                Delivery::CaughtUp(_) => break,
            },
        }
    }
    assert!(versions.iter().copied().eq(1..=20), "{versions:?}");
    Ok(())
}
