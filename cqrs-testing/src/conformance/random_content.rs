//! A8 and A4, with random content.

use cqrs_core::ports::append::Append;
use cqrs_core::words::event::EventId;
use proptest::collection::vec;

use super::harness::StoreHarness;
use super::sample::{ANY, NO_STREAM, account};
use super::{ask, expect, random};

/// Catches a store that changes, cuts or refuses something that nobody thought of.
pub async fn a8_random_events_are_kept<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let streams = std::sync::atomic::AtomicUsize::new(0);
    random::check(32, vec(random::event(), 1..4), async |mut events| {
        let number = streams.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        for event in &mut events {
            event.event_id = EventId::new();
        }
        let append = Append::to(account(number), NO_STREAM, events.clone());
        expect::recorded(store.append(append).await);
        let recorded = ask::stream(&store, &account(number)).await;
        expect::same_content(&recorded, &events);
    });
}

/// Catches a store that takes two streams for one, or cannot find a stream again.
pub async fn a8_random_stream_ids_are_kept<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    random::check(32, random::stream(), async |stream| {
        let before = ask::stream(&store, &stream).await.len();
        let event = super::sample::numbered(1);
        expect::recorded(
            store
                .append(Append::to(stream.clone(), ANY, vec![event.clone()]))
                .await,
        );
        let after = ask::stream(&store, &stream).await;
        expect::same_content(&after[before..], &[event]);
        assert_eq!(after[before].stream, stream, "the stream of the event");
    });
}

/// Catches a store whose comparison of content (A4) is not exact both ways.
pub async fn a4_random_events_are_the_same_when_they_are_repeated<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let streams = std::sync::atomic::AtomicUsize::new(0);
    random::check(32, vec(random::event(), 1..4), async |mut events| {
        let number = streams.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        for event in &mut events {
            event.event_id = EventId::new();
        }
        let append = Append::to(account(number), NO_STREAM, events);
        let first = expect::recorded(store.append(append.clone()).await);
        let again = expect::recorded(store.append(append).await);
        assert_eq!(again, first, "the outcome of the repetition");
    });
}
