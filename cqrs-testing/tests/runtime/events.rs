//! Recorded events with their type: a log's, and an aggregate's history.

use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::events::ReadError;
use cqrs_core::words::position::Position;
use cqrs_memory::Memory;
use cqrs_testing::FaultyStore;
use cqrs_testing::faulty_store::ReadFault;

use super::domain::{Checked, OTHER, Open, Put, TILL, Till, TillEvent, two_tills};

#[tokio::test]
async fn a_history_has_the_aggregates_own_events_whatever_the_page() -> Checked {
    for page in [1, 2, 1_000] {
        let cqrs = Cqrs::builder(Memory::new())
            .aggregate::<Till>()
            .page(page)
            .build()
            .await?;
        for till in [TILL, OTHER] {
            let _ = cqrs.send(Open { till }).await?;
            let _ = cqrs.send(Put { till, coins: 3 }).await?;
        }
        let history = cqrs.repository::<Till>().history(&OTHER)?.collect().await?;
        let events: Vec<_> = history
            .iter()
            .map(|recorded| recorded.event.clone())
            .collect();
        assert_eq!(
            events,
            [TillEvent::Opened, TillEvent::CoinsPut { coins: 3 }]
        );
        assert_eq!(history[1].version.get(), 2);

        let log = cqrs
            .read_log::<TillEvent>(Position::START)
            .collect()
            .await?;
        assert_eq!(log.len(), 4);
        assert!(log.is_sorted_by_key(|recorded| recorded.position));
        let later = cqrs
            .read_log::<TillEvent>(log[2].position)
            .collect()
            .await?;
        assert_eq!(later, log[3..]);
    }
    Ok(())
}

#[tokio::test]
async fn nothing_is_the_history_of_what_nobody_has_created() -> Checked {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Till>()
        .build()
        .await?;
    assert_eq!(
        cqrs.repository::<Till>().history(&TILL)?.next().await?,
        None
    );
    assert_eq!(
        cqrs.read_log::<TillEvent>(Position::START).next().await?,
        None
    );
    Ok(())
}

#[tokio::test]
async fn a_store_that_fails_is_asked_again_from_the_same_place_and_a_damaged_event_is_passed_over()
-> Checked {
    let two = two_tills().await?;
    let store = FaultyStore::over(two.store().clone());
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Till>()
        .page(1)
        .build()
        .await?;
    let mut log = cqrs.read_log::<TillEvent>(Position::START);
    store.next_read(ReadFault::Unavailable);
    assert!(matches!(log.next().await, Err(ReadError::Store(error)) if error.is_transient()));
    store.next_read(ReadFault::TruncatePayload);
    assert!(
        matches!(log.next().await, Err(ReadError::Decode(error)) if error.place().position.get() == 1)
    );
    assert_eq!(
        log.next().await?.map(|recorded| recorded.position.get()),
        Some(2)
    );
    assert_eq!(log.next().await?, None);
    Ok(())
}
