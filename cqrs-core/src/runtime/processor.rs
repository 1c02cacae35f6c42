//! A processor without its type: what the lanes drive. Views, projections, event handlers and process managers differ in
//! what they do with events, not in how they get them.

mod command_staging;
pub(super) mod event_handler;
pub(super) mod inline;
pub(super) mod process_manager;
pub(super) mod projection;
mod routing;
pub(super) mod view;

use std::any::Any;
use std::panic::AssertUnwindSafe;

pub(super) use self::routing::{Routed, RoutedEvent};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::app::Cqrs;
use super::command_set::Sent;
use super::known::Known;
use crate::domain::error_policy::FailureKind;
use crate::domain::process_manager::Rejection;
use crate::encoding::event::EventSet;
use crate::ports::advance::{Advance, AdvanceError, CancelTimer};
use crate::ports::documents::DocumentWrite;
use crate::ports::error::StoreError;
use crate::ports::inline::{InlineTransaction, ReadModelError};
use crate::ports::processors::{GenerationRow, ProcessorKind};
use crate::ports::read_side::SharedReadSide;
use crate::ports::staged::StagedCommand;
use crate::words::document_key::DocumentKey;
use crate::words::event::{EventName, RecordedEvent};
use crate::words::filter::{Filter, FilterItem};
use crate::words::generation::GenerationId;
use crate::words::partition::{Partition, PartitionCount};
use crate::words::payload::Payload;
use crate::words::processor::ProcessorName;
use crate::words::run::Run;
use crate::words::start::StartFrom;

impl Spec {
    /// The names of the events that it reads.
    pub(super) fn names(&self) -> impl Iterator<Item = &EventName> {
        self.filter.items().iter().flat_map(FilterItem::names)
    }
}

/// What is known about a processor before it runs.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub(super) name: ProcessorName,
    pub(super) kind: ProcessorKind,
    pub(super) version: u32,
    pub(super) partitions: PartitionCount,
    pub(super) start: StartFrom,
    pub(super) run: Run,
    pub(super) filter: Filter,
    /// Says which events it decodes.
    pub(super) knows: fn(&mut Known),
    /// The path of the Rust type, for messages.
    pub(super) rust_type: &'static str,
}

/// A processor without its type.
#[async_trait]
pub(super) trait Processor: Send + Sync {
    fn spec(&self) -> &Spec;

    /// Decodes an event and adds it for each key that it is about; nothing when that fails.
    fn route(&self, recorded: RecordedEvent, routed: &mut Routed) -> Result<(), ProcessorError>;

    /// Makes what a generation needs before its first event, unless it is there.
    async fn prepare(&self, _of: &GenerationId) -> Result<(), ProcessorError> {
        Ok(())
    }

    /// Handles events of one key in order, up to the first that fails.
    async fn handle(&self, work: &KeyWork) -> KeyOutcome;

    /// Records a step. Those who write tables of their own do it here.
    async fn advance(
        &self,
        store: &SharedReadSide,
        advance: Advance,
        _works: &[KeyWork],
    ) -> Result<(), CommitError> {
        Ok(store.advance(advance).await?)
    }

    /// Writes what events mean in the transaction in which they are recorded.
    async fn write_inline(
        &self,
        row: &GenerationRow,
        events: &[RecordedEvent],
        transaction: &mut dyn InlineTransaction,
    ) -> Result<(), ReadModelError> {
        inline::write_documents(self, row, events, transaction).await
    }

    /// Whether it stages commands, so that somebody has to send them.
    fn sends_commands(&self) -> bool {
        false
    }

    /// Whether it keeps a document for each key.
    fn keeps_documents(&self) -> bool {
        true
    }

    /// How many keys are handled at the same time.
    fn concurrency(&self) -> usize {
        1
    }

    /// Sends a staged command.
    async fn send(&self, _cqrs: &Cqrs, _command: &StagedCommand) -> Sent {
        Sent::Done
    }

    /// Tells it that a staged command was refused for good.
    async fn rejected(&self, work: RejectedWork) -> KeyOutcome {
        KeyOutcome::unchanged(work.document)
    }
}

/// Events of one key, in order.
#[derive(Clone)]
pub(super) struct KeyWork {
    pub(super) key: DocumentKey,
    pub(super) partition: Partition,
    pub(super) document: Option<Payload>,
    pub(super) events: Vec<RoutedEvent>,
    /// How often the first event was tried before.
    pub(super) attempts: u32,
    pub(super) now: DateTime<Utc>,
}

/// A command that was refused for good.
pub(super) struct RejectedWork {
    pub(super) command: StagedCommand,
    pub(super) rejection: Rejection,
    pub(super) document: Option<Payload>,
    pub(super) now: DateTime<Utc>,
}

/// What became of events of one key.
#[derive(Default)]
pub(super) struct KeyOutcome {
    /// How many of the events are done.
    pub(super) done: usize,
    /// What is in the document after those, changed or not.
    pub(super) document: Option<Payload>,
    /// The document, if it changed.
    pub(super) write: Option<DocumentWrite>,
    pub(super) effects: Effects,
    /// Why the next event is not done.
    pub(super) failed: Option<ProcessorError>,
}

/// What a processor wants to be staged and cancelled.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) staged: Vec<StagedCommand>,
    pub(super) cancelled: Vec<CancelTimer>,
}

/// A processor failed at an event.
#[derive(Clone, Debug)]
pub(super) struct ProcessorError {
    pub(super) kind: FailureKind,
    pub(super) error: String,
}

/// A step could not be recorded.
pub(super) enum CommitError {
    Advance(AdvanceError),
    /// The user's own writes failed.
    Failed(ProcessorError),
    /// The store failed in the midst of the user's own writes. Nothing was recorded.
    CutOff(StoreError),
}

impl From<AdvanceError> for CommitError {
    fn from(error: AdvanceError) -> Self {
        Self::Advance(error)
    }
}

impl KeyOutcome {
    pub(super) fn unchanged(document: Option<Payload>) -> Self {
        Self {
            document,
            ..Self::default()
        }
    }
}

impl ProcessorError {
    pub(super) fn coding(error: &dyn std::error::Error) -> Self {
        Self {
            kind: FailureKind::Coding,
            error: described(error),
        }
    }

    pub(super) fn failed(error: &dyn std::error::Error) -> Self {
        Self {
            kind: FailureKind::Failed,
            error: described(error),
        }
    }

    fn panicked(panic: &(dyn Any + Send)) -> Self {
        let text = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Self {
            kind: FailureKind::Panicked,
            error: shortened(&format!("panicked: {}", text.unwrap_or("without a text"))),
        }
    }
}

/// An error with all its causes, as short as the ports want it.
pub(super) fn described(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    shortened(&text)
}

fn shortened(text: &str) -> String {
    const MOST: usize = 4_000;
    let mut text = text.replace('\0', "\\0");
    if text.len() > MOST {
        let end = (0..=MOST)
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or_default();
        text.truncate(end);
    }
    text
}

/// Runs the user's code. A panic of it is a failure like any other: it must not end the lane.
pub(super) fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, ProcessorError> {
    std::panic::catch_unwind(AssertUnwindSafe(run))
        .map_err(|panic| ProcessorError::panicked(&*panic))
}

/// The same for code that waits.
pub(super) async fn guarded_async<T>(run: impl Future<Output = T>) -> Result<T, ProcessorError> {
    futures::FutureExt::catch_unwind(AssertUnwindSafe(run))
        .await
        .map_err(|panic| ProcessorError::panicked(&*panic))
}

/// The events of a set, among all events of the log.
pub(super) fn filter_of<E: EventSet>() -> Filter {
    E::filter()
}

fn decode_document<T: serde::de::DeserializeOwned + Default>(
    document: Option<&Payload>,
) -> Result<T, ProcessorError> {
    match document {
        None => guarded(T::default),
        Some(content) => content
            .decode()
            .map_err(|error| ProcessorError::coding(&error)),
    }
}
