//! A projection as a processor: the user's writes and the step are one transaction.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    CommitError, KeyOutcome, KeyWork, Processor, ProcessorError, Routed, RoutedEvent, Spec,
    guarded_async,
};
use crate::encoding::event::EventSet;
use crate::ports::advance::{Advance, AdvanceError};
use crate::ports::error::{BoxError, StoreError};
use crate::ports::inline::{InlineTransaction, ReadModelError};
use crate::ports::processors::{GenerationRow, ProcessorKind};
use crate::ports::read_side::SharedReadSide;
use crate::ports::transactions::{Blame, Transactions};
use crate::runtime::known::Known;
use crate::runtime::projection::Projection;
use crate::words::event::{Recorded, RecordedEvent};
use crate::words::generation::GenerationId;

pub(in crate::runtime) struct ProjectionProcessor<B, P> {
    spec: Spec,
    backend: Arc<B>,
    projection: P,
}

impl<B: Transactions, P: Projection<B>> ProjectionProcessor<B, P> {
    pub(in crate::runtime) fn new(backend: Arc<B>, projection: P) -> Self {
        let spec = Spec {
            name: P::NAME,
            kind: ProcessorKind::Projection,
            version: P::VERSION,
            partitions: P::PARTITIONS,
            start: P::START,
            run: P::RUN,
            filter: P::Event::filter(),
            knows: Known::add_events::<P::Event>,
            rust_type: std::any::type_name::<P>(),
        };
        Self {
            spec,
            backend,
            projection,
        }
    }

    fn refused(source: impl Into<BoxError>) -> ReadModelError {
        ReadModelError::Failed {
            processor: P::NAME,
            source: source.into(),
        }
    }

    /// Has the user write what the events mean, and gives the transaction back.
    async fn project(
        &self,
        events: &[&Recorded<P::Event>],
        mut tx: B::Tx,
    ) -> Result<B::Tx, CommitError> {
        let projected = guarded_async(self.projection.project_batch(events, &mut tx)).await;
        match projected.map_err(CommitError::Failed)? {
            Ok(()) => Ok(tx),
            Err(error) => Err(match self.backend.blame(tx, error.into()).await {
                Blame::Store(error) => CommitError::CutOff(error),
                Blame::User(error) => CommitError::Failed(failed(error)),
            }),
        }
    }
}

#[async_trait]
impl<B: Transactions, P: Projection<B>> Processor for ProjectionProcessor<B, P> {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn route(&self, recorded: RecordedEvent, routed: &mut Routed) -> Result<(), ProcessorError> {
        routed.add(recorded, |event, keys| keys.add(&P::key(event)))
    }

    async fn prepare(&self, of: &GenerationId) -> Result<(), ProcessorError> {
        let mut tx = self.backend.begin(of).await.map_err(failed)?;
        guarded_async(self.projection.setup(&mut tx))
            .await?
            .map_err(failed)?;
        self.backend.commit(tx).await.map_err(failed)
    }

    /// All is done when the step is recorded.
    async fn handle(&self, work: &KeyWork) -> KeyOutcome {
        KeyOutcome {
            done: work.events.len(),
            ..KeyOutcome::default()
        }
    }

    async fn advance(
        &self,
        store: &SharedReadSide,
        advance: Advance,
        works: &[KeyWork],
    ) -> Result<(), CommitError> {
        let events = works.iter().flat_map(|work| &work.events);
        let mut events = events
            .flat_map(RoutedEvent::typed::<P::Event>)
            .collect::<Result<Vec<_>, _>>()
            .map_err(CommitError::Failed)?;
        if events.is_empty() {
            return Ok(store.advance(advance).await?);
        }
        events.sort_by_key(|event| (event.position, event.part.number()));
        let begun = self.backend.begin(&advance.of).await;
        let tx = begun.map_err(AdvanceError::from)?;
        let tx = self.project(&events, tx).await?;
        Ok(self.backend.advance_in(tx, advance).await?)
    }

    async fn write_inline(
        &self,
        row: &GenerationRow,
        events: &[RecordedEvent],
        transaction: &mut dyn InlineTransaction,
    ) -> Result<(), ReadModelError> {
        let coding = |failed: ProcessorError| Self::refused(failed.error);
        let mut routed = Routed::with_capacity(events.len());
        for event in events {
            self.route(event.clone(), &mut routed).map_err(coding)?;
        }
        let mut typed = routed
            .among(0..routed.len())
            .iter()
            .flat_map(|(_, event)| event.typed::<P::Event>())
            .collect::<Result<Vec<_>, _>>()
            .map_err(coding)?;
        if typed.is_empty() {
            return Ok(());
        }
        typed.sort_by_key(|event| (event.position, event.part.number()));
        let tx = transaction.enter(&row.of).await?;
        let tx: &mut B::Tx = tx
            .downcast_mut()
            .ok_or_else(|| StoreError::other("the append has no transaction for projections"))?;
        // The user's own error, not its text: a backend may know it as a passing one.
        guarded_async(self.projection.project_batch(&typed, tx))
            .await
            .map_err(|panicked| Self::refused(panicked.error))?
            .map_err(|error| Self::refused(error))
    }

    fn keeps_documents(&self) -> bool {
        false
    }
}

fn failed(error: impl Into<BoxError>) -> ProcessorError {
    let error: BoxError = error.into();
    ProcessorError::failed(&*error)
}
