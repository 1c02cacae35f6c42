//! A read model that the tests have written with appends: how many events there are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cqrs_core::ports::append::{Append, AppendOutcome};
use cqrs_core::ports::documents::DocumentWrite;
use cqrs_core::ports::error::AppendError;
use cqrs_core::ports::inline::{InlineTransaction, ReadModelError, ReadModels};
use cqrs_core::ports::processors::{Declare, GenerationState};
use cqrs_core::ports::read_log::LogRead;
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::event::{EventName, RecordedEvent};
use cqrs_core::words::filter::Filter;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::position::Position;

use super::ask;
use super::node::{Node, declared};
use super::sample::{VIEW, declare, key, payload};
use crate::conformance::sample::{ANY, account, numbered};

/// The events that the read model counts.
pub(super) const DEPOSITED: EventName = EventName::from_static("account.deposited");

pub(super) const COUNT: &str = "count";

/// Counts events in the document [`COUNT`] of each of its generations.
pub(super) struct Counting {
    generations: Vec<GenerationId>,
    /// How often it was asked to write.
    pub(super) asked: AtomicUsize,
    /// The events of the last time.
    pub(super) seen: std::sync::Mutex<Vec<RecordedEvent>>,
    pub(super) fails: AtomicBool,
    slowness: Duration,
}

impl Counting {
    pub(super) fn of(generations: &[GenerationId]) -> Arc<Self> {
        Self::slow(generations, Duration::ZERO)
    }

    /// One that takes this long between its read and its write.
    pub(super) fn slow(generations: &[GenerationId], slowness: Duration) -> Arc<Self> {
        Arc::new(Self {
            generations: generations.to_vec(),
            asked: AtomicUsize::new(0),
            seen: std::sync::Mutex::default(),
            fails: AtomicBool::new(false),
            slowness,
        })
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl ReadModels for Counting {
    fn generations(&self) -> &[GenerationId] {
        &self.generations
    }

    fn documents(&self, _events: &[RecordedEvent]) -> Vec<(GenerationId, DocumentKey)> {
        let generations = self.generations.iter();
        generations.map(|of| (of.clone(), key(COUNT))).collect()
    }

    async fn write(
        &self,
        events: &[RecordedEvent],
        transaction: &mut dyn InlineTransaction,
    ) -> Result<(), ReadModelError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        *self.seen.lock().expect("nobody panics with it") = events.to_vec();
        for of in &self.generations {
            let found = transaction.load_documents(of, &[key(COUNT)]).await?;
            let before = found.first().map_or(0, ask::number);
            tokio::time::sleep(self.slowness).await;
            let count = before + events.len() as u64;
            let last = events
                .last()
                .map_or(Position::START, |event| event.position);
            let write = DocumentWrite {
                key: key(COUNT),
                content: Some(payload(&count.to_string())),
                position: last,
                is_new: found.is_empty(),
            };
            transaction.write_documents(of, vec![write]).await?;
        }
        if self.fails.load(Ordering::SeqCst) {
            let processor = self.generations[0].processor.clone();
            let source = "it can't be counted".into();
            return Err(ReadModelError::Failed { processor, source });
        }
        Ok(())
    }
}

/// A generation that counts from the beginning, and is inline.
pub(super) async fn inline(store: &SharedReadSide, name: &'static str) -> GenerationId {
    let of = declared(store, counts(name)).await.of;
    assert!(goes_inline(store, &of).await, "{of} has seen everything");
    of
}

pub(super) fn counts(name: &'static str) -> Declare {
    declare(name, VIEW)
}

pub(super) async fn goes_inline(store: &SharedReadSide, of: &GenerationId) -> bool {
    let gone = store.go_inline(of, &[DEPOSITED]).await;
    gone.expect("the store can be asked to make a generation inline")
}

pub(super) async fn state(store: &SharedReadSide, of: &GenerationId) -> GenerationState {
    ask::progress(store, of).await.row.state
}

/// A deposit into this account.
pub(super) fn deposit(to: impl std::fmt::Display, number: usize) -> Append {
    Append::to(account(to), ANY, vec![numbered(number)])
}

pub(super) async fn append_with(
    store: &SharedReadSide,
    append: Append,
    read_models: &Arc<Counting>,
) -> Result<AppendOutcome, AppendError> {
    let read_models = Arc::clone(read_models);
    store.append_inline(append, read_models).await
}

/// What is counted in the generation.
pub(super) async fn counted(store: &SharedReadSide, of: &GenerationId) -> u64 {
    let read = ask::read(store, of, COUNT).await;
    read.document.as_ref().map_or(0, ask::number)
}

/// How many events there are to count.
pub(super) async fn recorded(store: &SharedReadSide) -> u64 {
    events_after(store, Position::START).await.len() as u64
}

pub(super) async fn events_after(store: &SharedReadSide, after: Position) -> Vec<RecordedEvent> {
    // A commit of this moment may not be settled yet.
    let end = store.end_of_log().await.expect("the end can be read");
    let mut events = Vec::new();
    let mut after = after;
    let until = tokio::time::Instant::now() + super::application::PATIENCE;
    while after < end {
        let read = LogRead::after(after).filter(Filter::name(DEPOSITED));
        let page = store.read_log(read).await.expect("the log can be read");
        events.extend(page.events);
        if page.through == after {
            assert!(tokio::time::Instant::now() < until, "the log settles");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        after = page.through;
    }
    events
}

/// Counts what a generation has not seen, as a runner does: one step.
pub(super) async fn catch_up(store: &SharedReadSide, of: &GenerationId) {
    let node = Node::holding(store, "runner", of, super::sample::LONG).await;
    let checkpoint = ask::checkpoints(store, of).await[0];
    let events = events_after(store, checkpoint).await;
    let Some(last) = events.last().map(|event| event.position) else {
        return;
    };
    let count = counted(store, of).await + events.len() as u64;
    let mut step = node.step(checkpoint.get(), last.get());
    step.documents = vec![super::sample::write(COUNT, count, last.get())];
    super::expect::done(node.advance(step).await);
}
