//! What the tests ask a store after they have changed it.

use cqrs_core::ports::read_log::{LogRead, ReadLog};
use cqrs_core::ports::read_stream::StreamRead;
use cqrs_core::ports::receipts::StoredReceipt;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::RecordedEvent;
use cqrs_core::words::filter::Filter;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::StreamId;

use super::sample;

/// The whole stream.
pub(super) async fn stream(store: &SharedStore, stream: &StreamId) -> Vec<RecordedEvent> {
    let mut events: Vec<RecordedEvent> = Vec::new();
    loop {
        let from = sample::version(events.len() as u64 + 1);
        let request = StreamRead::forward(stream.clone()).from(from);
        let page = store
            .read_stream(request)
            .await
            .expect("the stream can be read");
        assert!(
            page.is_last || !page.events.is_empty(),
            "a page that is not the last has events: this one, from version {from} of {stream}, has none"
        );
        events.extend(page.events);
        if page.is_last {
            return events;
        }
    }
}

/// The whole log.
pub(super) async fn log(store: &SharedStore) -> Vec<RecordedEvent> {
    filtered(store, &Filter::all(), 1_000).await
}

/// Everything that matches, read by pages of at most `limit`.
pub(super) async fn filtered(
    store: &SharedStore,
    filter: &Filter,
    limit: usize,
) -> Vec<RecordedEvent> {
    let request = LogRead::after(Position::START).filter(filter.clone());
    whole(&**store, request.limit(limit)).await.0
}

/// Everything that is asked for, in as many pages as it takes, and how far the last one goes.
pub(super) async fn whole(
    store: &(impl ReadLog + ?Sized),
    mut request: LogRead,
) -> (Vec<RecordedEvent>, Position) {
    let mut events = Vec::new();
    loop {
        let (after, limit) = (request.after, request.limit);
        let page = store.read_log(request.clone()).await;
        let page = page.expect("the log can be read");
        assert!(
            page.is_last || page.through > after,
            "a page that is not the last comes on: this one, after {after}, goes through {}",
            page.through
        );
        assert!(
            page.events.len() <= limit,
            "a page has at most as many events as asked for: {limit}, not {}",
            page.events.len()
        );
        request.after = page.through;
        events.extend(page.events);
        if page.is_last {
            return (events, request.after);
        }
    }
}

/// The receipt of this key.
pub(super) async fn receipt(store: &SharedStore, key: &str) -> Option<StoredReceipt> {
    store
        .find_receipt(&sample::key(key))
        .await
        .expect("receipts can be read")
}
