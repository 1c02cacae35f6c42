//! Where an append of the runtime goes to the store: with the read models that are written in its own transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use futures::future::BoxFuture;

use super::app::Cqrs;
use super::processing::Processing;
use super::processor::{Processor, described, inline::keys};
use crate::ports::append::{Append, AppendOutcome};
use crate::ports::error::AppendError;
use crate::ports::inline::{InlineTransaction, ReadModelError, ReadModels};
use crate::ports::processors::{GenerationRow, GenerationState};
use crate::words::document_key::DocumentKey;
use crate::words::event::RecordedEvent;
use crate::words::generation::GenerationId;
use crate::words::run::Run;

/// How often this node looks again which generations are inline, before it leaves one to the runners.
const LOOKS: usize = 5;

/// Appends, together with the inline read models that these events mean. The caller keeps the append, to append it again.
pub(super) fn append<'a>(
    cqrs: &'a Cqrs,
    append: &'a Append,
) -> BoxFuture<'a, Result<AppendOutcome, AppendError>> {
    if let Some(processing) = cqrs.processing() {
        let concerned = processing.concerned(append);
        if !concerned.is_empty() {
            return Box::pin(append_inline(cqrs, processing, append, concerned));
        }
    }
    // The store's own future, and no other around it.
    (**cqrs.store()).append_kept(append)
}

async fn append_inline(
    cqrs: &Cqrs,
    processing: &Processing,
    append: &Append,
    concerned: Vec<Arc<dyn Processor>>,
) -> Result<AppendOutcome, AppendError> {
    for _ in 0..LOOKS {
        let read_models = Arc::new(Inline::of(processing, &concerned));
        let started = std::time::Instant::now();
        let outcome = processing
            .store
            .append_inline(append.clone(), Arc::clone(&read_models) as _)
            .await;
        match outcome {
            Err(AppendError::OtherReadModels) => {
                // One has become inline, or ceased to be, or was replaced, since this node looked.
                for processor in &concerned {
                    processing.look_again(&processor.spec().name).await?;
                }
            }
            outcome => {
                read_models.observe(processing, &outcome, started.elapsed());
                return outcome;
            }
        }
    }
    // It is inline in a version that this node does not have: the runners that do catch up with this append.
    (**cqrs.store()).append_kept(append).await
}

impl Processing {
    /// The inline read models of this program that read one of these events.
    fn concerned(&self, append: &Append) -> Vec<Arc<dyn Processor>> {
        let inline = self.processors().filter(|processor| {
            let spec = processor.spec();
            spec.run == Run::Inline
                && spec
                    .names()
                    .any(|name| append.events().any(|event| event.name == *name))
        });
        inline.cloned().collect()
    }
}

/// The read models of one append, in the generations that are inline as far as this node knows.
struct Inline {
    read_models: Vec<(GenerationRow, Arc<dyn Processor>)>,
    generations: Vec<GenerationId>,
    has_written: AtomicBool,
}

impl Inline {
    fn of(processing: &Processing, concerned: &[Arc<dyn Processor>]) -> Self {
        let read_models: Vec<_> = concerned
            .iter()
            .filter_map(|processor| {
                let spec = processor.spec();
                let live = processing.live(&spec.name)?;
                let is_ours = live.state == GenerationState::Inline && live.version == spec.version;
                is_ours.then(|| (live, Arc::clone(processor)))
            })
            .collect();
        Self {
            generations: read_models.iter().map(|(row, _)| row.of.clone()).collect(),
            read_models,
            has_written: AtomicBool::new(false),
        }
    }

    /// What each of them reads of these events.
    fn parts<'a>(
        &'a self,
        events: &'a [RecordedEvent],
    ) -> impl Iterator<Item = (&'a GenerationRow, &'a dyn Processor, Vec<RecordedEvent>)> {
        self.read_models.iter().map(move |(row, processor)| {
            let spec = processor.spec();
            let is_own =
                |event: &&RecordedEvent| event.position > row.start && spec.filter.matches(event);
            (
                row,
                &**processor,
                events.iter().filter(is_own).cloned().collect(),
            )
        })
    }

    /// Counts what was done, once it is done.
    fn observe(
        &self,
        processing: &Processing,
        outcome: &Result<AppendOutcome, AppendError>,
        time: std::time::Duration,
    ) {
        match outcome {
            Ok(_) if self.has_written.load(Ordering::Relaxed) => {
                for (row, _) in &self.read_models {
                    let name = row.of.processor.to_string();
                    metrics::counter!("cqrs_inline_appends_total", "processor" => name.clone())
                        .increment(1);
                    metrics::histogram!("cqrs_inline_append_seconds", "processor" => name)
                        .record(time.as_secs_f64());
                }
            }
            Err(AppendError::ReadModel { processor, source }) => {
                let error = described(&**source);
                tracing::warn!(%processor, %error, "an inline read model failed: its append was refused");
                metrics::counter!("cqrs_inline_failures_total", "processor" => processor.to_string())
                    .increment(1);
                if let Some(lane) = processing
                    .live(processor)
                    .and_then(|live| processing.lane(&live.of))
                {
                    lane.observed.failed(error);
                }
            }
            _ => {}
        }
    }
}

#[async_trait]
impl ReadModels for Inline {
    fn generations(&self) -> &[GenerationId] {
        &self.generations
    }

    fn documents(&self, events: &[RecordedEvent]) -> Vec<(GenerationId, DocumentKey)> {
        self.parts(events)
            .flat_map(|(row, processor, events)| {
                let keys = keys(processor, &events).into_iter();
                keys.map(|key| (row.of.clone(), key))
            })
            .collect()
    }

    async fn write(
        &self,
        events: &[RecordedEvent],
        transaction: &mut dyn InlineTransaction,
    ) -> Result<(), ReadModelError> {
        let parts: Vec<_> = self.parts(events).collect();
        for (row, processor, events) in parts {
            if !events.is_empty() {
                processor.write_inline(row, &events, transaction).await?;
            }
        }
        self.has_written.store(true, Ordering::Relaxed);
        Ok(())
    }
}
