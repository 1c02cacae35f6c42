//! Nothing is recorded while an append asks its read models, though the log is not locked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::inline::{AppendInline, InlineTransaction, ReadModelError, ReadModels};
use cqrs_core::ports::read_stream::{ReadStream, StreamRead};
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::event::{EventName, NewEvent, RecordedEvent};
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::stream::StreamId;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_memory::Memory;
use tokio::sync::Notify;

/// Takes its time, and remembers what it was shown.
#[derive(Default)]
struct Slow {
    begun: Notify,
    may_end: Notify,
    shown: Mutex<Vec<RecordedEvent>>,
}

impl Slow {
    fn shown(&self) -> MutexGuard<'_, Vec<RecordedEvent>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ReadModels for Slow {
    fn generations(&self) -> &[GenerationId] {
        &[]
    }

    fn documents(&self, _: &[RecordedEvent]) -> Vec<(GenerationId, DocumentKey)> {
        Vec::new()
    }

    async fn write(
        &self,
        events: &[RecordedEvent],
        _: &mut dyn InlineTransaction,
    ) -> Result<(), ReadModelError> {
        *self.shown() = events.to_vec();
        self.begun.notify_one();
        self.may_end.notified().await;
        Ok(())
    }
}

fn append(stream: &StreamId, expected: ExpectedVersion) -> Append {
    let payload = Payload::from_store("{}");
    let event = NewEvent::new(EventName::from_static("account.opened"), payload);
    Append::to(stream.clone(), expected, vec![event])
}

#[tokio::test]
async fn nothing_is_recorded_while_an_append_asks_its_read_models() {
    let (store, slow) = (Memory::new(), Arc::new(Slow::default()));
    let stream: StreamId = "account-7".parse().unwrap();
    let asking = tokio::spawn({
        let (store, slow) = (store.clone(), Arc::clone(&slow));
        let append = append(&stream, ExpectedVersion::NoStream);
        async move { store.append_inline(append, slow).await }
    });
    slow.begun.notified().await;
    let other = tokio::spawn({
        let (store, append) = (store.clone(), append(&stream, ExpectedVersion::Any));
        async move { store.append(append).await }
    });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!other.is_finished(), "another append took the place");

    slow.may_end.notify_one();
    asking.await.unwrap().unwrap();
    other.await.unwrap().unwrap();
    let page = store.read_stream(StreamRead::forward(stream)).await;
    let events = page.unwrap().events;
    assert_eq!(events[..1], *slow.shown());
    assert_eq!(events.len(), 2);
}

#[tokio::test]
async fn an_append_that_is_dropped_while_it_asks_gives_the_log_back() {
    let (store, slow) = (Memory::new(), Arc::new(Slow::default()));
    let stream: StreamId = "account-7".parse().unwrap();
    let asking = tokio::spawn({
        let (store, slow) = (store.clone(), Arc::clone(&slow));
        let append = append(&stream, ExpectedVersion::NoStream);
        async move { store.append_inline(append, slow).await }
    });
    slow.begun.notified().await;
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());

    let append = append(&stream, ExpectedVersion::NoStream);
    store.append(append).await.unwrap();
}
