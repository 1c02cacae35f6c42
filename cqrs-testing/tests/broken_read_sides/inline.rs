//! Appends with read models, with one mistake.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use cqrs_core::ports::advance::{Advance, AdvanceProcessors};
use cqrs_core::ports::append::{Append, AppendOutcome};
use cqrs_core::ports::documents::{DocumentWrite, Documents, StoredDocument};
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::ports::inline::{AppendInline, InlineTransaction, ReadModelError, ReadModels};
use cqrs_core::ports::leases::{HoldLeases, Leases};
use cqrs_core::ports::parked::ParkedEvents;
use cqrs_core::ports::processors::{GenerationState, Processors};
use cqrs_core::ports::receipts::NewReceipt;
use cqrs_core::ports::watch::WatchLog;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::event::{EventName, RecordedEvent};
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::StreamVersion;

use crate::defect::Defect;
use crate::parked::everything;
use crate::store::{A_MOMENT, BrokenReadSide};

#[async_trait]
impl AppendInline for BrokenReadSide {
    async fn append_inline(
        &self,
        append: Append,
        read_models: Arc<dyn ReadModels>,
    ) -> Result<AppendOutcome, AppendError> {
        let spoiled = Arc::new(Spoiled {
            defect: self.defect,
            before: self.documents_before(&read_models).await,
            inner: Arc::clone(&read_models),
            was_asked: AtomicBool::new(false),
            events: std::sync::Mutex::default(),
        });
        let inner = self
            .memory
            .append_inline(append.clone(), Arc::clone(&spoiled) as _);
        let outcome = inner.await;
        match (self.defect, &outcome) {
            (Defect::AppendsWithAnyReadModels, Err(AppendError::OtherReadModels)) => {
                self.append_without(append).await
            }
            (Defect::WritesReadModelsAfterwards, Ok(_)) => {
                tokio::time::sleep(A_MOMENT).await;
                let events = spoiled.events();
                self.write_alone(read_models, events).await?;
                outcome
            }
            (Defect::WritesReadModelsAgain, Ok(_)) if !spoiled.was_asked.load(Ordering::SeqCst) => {
                let events = vec![RecordedEvent::clone(&self.any_event().await)];
                self.write_alone(read_models, events).await?;
                outcome
            }
            _ => outcome,
        }
    }

    async fn go_inline(&self, of: &GenerationId, names: &[EventName]) -> Result<bool, StoreError> {
        match self.defect {
            Defect::GoesInlineTooEarly => {
                self.take(of).await?;
                self.push_to_the_end(of).await;
            }
            Defect::GoesInlineOverParkedEvents => {
                let parked = self.memory.list_parked(everything(of, None)).await?;
                self.take(of).await?;
                let unparked = parked
                    .into_iter()
                    .map(|parked| (parked.event.key, parked.event.position));
                let step = Advance {
                    partitions: self.steps_that_stay(of).await,
                    unparked: unparked.collect(),
                    ..Advance::new(of.clone())
                };
                // A generation that is not there has nothing parked.
                let _ = self.memory.advance(step).await;
            }
            Defect::NeverGoesInline => return Ok(false),
            _ => {}
        }
        self.memory.go_inline(of, names).await
    }

    async fn end_of_log(&self) -> Result<Position, StoreError> {
        self.memory.end_of_log().await
    }
}

impl BrokenReadSide {
    /// What each read model will find, read before the append.
    async fn documents_before(&self, read_models: &Arc<dyn ReadModels>) -> Found {
        let mut found = Found::new();
        if self.defect == Defect::ReadsDocumentsBeforeTheLock {
            for (of, key) in read_models.documents(&[]) {
                let stored = self
                    .memory
                    .load_documents(&of, std::slice::from_ref(&key))
                    .await;
                found.insert((of, key), stored.unwrap_or_default());
            }
            tokio::time::sleep(A_MOMENT).await;
        }
        found
    }

    /// An append whose read models write nothing.
    pub(crate) async fn append_without(
        &self,
        append: Append,
    ) -> Result<AppendOutcome, AppendError> {
        loop {
            let generations = self.inline().await;
            let silent = Arc::new(Silent(generations));
            match self.memory.append_inline(append.clone(), silent).await {
                Err(AppendError::OtherReadModels) => {}
                outcome => return outcome,
            }
        }
    }

    /// The generations that are inline. In these tests all of them read the same events.
    pub(crate) async fn inline(&self) -> Vec<GenerationId> {
        let all = self.memory.progress(None).await.unwrap_or_default();
        let inline = all
            .into_iter()
            .filter(|progress| progress.row.state == GenerationState::Inline);
        inline.map(|progress| progress.row.of).collect()
    }

    /// Has read models write in a transaction of their own.
    async fn write_alone(
        &self,
        inner: Arc<dyn ReadModels>,
        events: Vec<RecordedEvent>,
    ) -> Result<(), AppendError> {
        let key = format!("alone-{}", fastrand::u64(..));
        let receipt = NewReceipt {
            key: key.parse().expect("it is a key"),
            command: "alone".into(),
            stream: None,
            version: StreamVersion::NONE,
            position: Position::START,
            reply: Payload::from_json("null").expect("it is JSON"),
        };
        let alone = Arc::new(Alone { inner, events });
        let append = Append::new().with_receipt(receipt);
        self.memory.append_inline(append, alone).await.map(drop)
    }

    async fn any_event(&self) -> RecordedEvent {
        use cqrs_core::ports::read_log::{LogRead, ReadLog};
        let page = self.memory.read_log(LogRead::after(Position::START)).await;
        page.expect("memory answers")
            .events
            .pop()
            .expect("an event is recorded")
    }

    /// Takes the partitions of a generation, so that its steps are in their epochs.
    async fn take(&self, of: &GenerationId) -> Result<(), StoreError> {
        let request = HoldLeases {
            node: NodeId::unique(),
            lease: A_MOMENT,
            generations: vec![of.clone()],
        };
        self.memory.hold(request).await.map(drop)
    }

    pub(crate) async fn push_to_the_end(&self, of: &GenerationId) {
        let end = self.memory.watch().position();
        self.push(of, end).await;
    }

    async fn steps_that_stay(
        &self,
        of: &GenerationId,
    ) -> Vec<cqrs_core::ports::advance::PartitionAdvance> {
        let rows = self.rows(of).await.into_iter();
        rows.map(|row| cqrs_core::ports::advance::PartitionAdvance {
            partition: row.partition,
            epoch: row.epoch,
            from: row.checkpoint,
            through: row.checkpoint,
        })
        .collect()
    }
}

type Found = HashMap<(GenerationId, DocumentKey), Vec<StoredDocument>>;

/// Read models that are not let do what they want.
struct Spoiled {
    defect: Defect,
    inner: Arc<dyn ReadModels>,
    before: Found,
    was_asked: AtomicBool,
    events: std::sync::Mutex<Vec<RecordedEvent>>,
}

impl Spoiled {
    fn events(&self) -> Vec<RecordedEvent> {
        self.events.lock().expect("nobody panics with it").clone()
    }
}

#[async_trait]
impl ReadModels for Spoiled {
    fn generations(&self) -> &[GenerationId] {
        self.inner.generations()
    }

    fn documents(&self, events: &[RecordedEvent]) -> Vec<(GenerationId, DocumentKey)> {
        self.inner.documents(events)
    }

    async fn write(
        &self,
        events: &[RecordedEvent],
        transaction: &mut dyn InlineTransaction,
    ) -> Result<(), ReadModelError> {
        self.was_asked.store(true, Ordering::SeqCst);
        *self.events.lock().expect("nobody panics with it") = events.to_vec();
        if self.defect == Defect::WritesReadModelsAfterwards {
            return Ok(());
        }
        let mut events = events.to_vec();
        if self.defect == Defect::TellsReadModelsOfOtherPositions {
            for event in &mut events {
                event.position = Position::START;
            }
        }
        let mut transaction = SpoiledTransaction {
            defect: self.defect,
            before: &self.before,
            first: self.inner.generations().first().cloned(),
            inner: transaction,
        };
        match self.inner.write(&events, &mut transaction).await {
            Err(ReadModelError::Failed { .. })
                if self.defect == Defect::IgnoresReadModelsThatFail =>
            {
                Ok(())
            }
            outcome => outcome,
        }
    }
}

struct SpoiledTransaction<'a> {
    defect: Defect,
    before: &'a Found,
    first: Option<GenerationId>,
    inner: &'a mut dyn InlineTransaction,
}

#[async_trait]
impl InlineTransaction for SpoiledTransaction<'_> {
    async fn load_documents(
        &mut self,
        of: &GenerationId,
        keys: &[DocumentKey],
    ) -> Result<Vec<StoredDocument>, StoreError> {
        if self.defect == Defect::ReadsDocumentsBeforeTheLock {
            let found = keys
                .iter()
                .filter_map(|key| self.before.get(&(of.clone(), key.clone())));
            return Ok(found.flatten().cloned().collect());
        }
        self.inner.load_documents(of, keys).await
    }

    async fn write_documents(
        &mut self,
        of: &GenerationId,
        documents: Vec<DocumentWrite>,
    ) -> Result<(), StoreError> {
        match self.defect {
            Defect::LosesWhatReadModelsWrite => Ok(()),
            Defect::WritesTheFirstReadModel if self.first.as_ref() != Some(of) => Ok(()),
            _ => self.inner.write_documents(of, documents).await,
        }
    }

    async fn enter(
        &mut self,
        of: &GenerationId,
    ) -> Result<&mut (dyn std::any::Any + Send), StoreError> {
        self.inner.enter(of).await
    }
}

/// Read models that write nothing.
struct Silent(Vec<GenerationId>);

#[async_trait]
impl ReadModels for Silent {
    fn generations(&self) -> &[GenerationId] {
        &self.0
    }

    fn documents(&self, _: &[RecordedEvent]) -> Vec<(GenerationId, DocumentKey)> {
        Vec::new()
    }

    async fn write(
        &self,
        _: &[RecordedEvent],
        _: &mut dyn InlineTransaction,
    ) -> Result<(), ReadModelError> {
        Ok(())
    }
}

/// Read models that write without an append.
struct Alone {
    inner: Arc<dyn ReadModels>,
    events: Vec<RecordedEvent>,
}

#[async_trait]
impl ReadModels for Alone {
    fn generations(&self) -> &[GenerationId] {
        self.inner.generations()
    }

    fn documents(&self, events: &[RecordedEvent]) -> Vec<(GenerationId, DocumentKey)> {
        self.inner.documents(events)
    }

    async fn write(
        &self,
        _: &[RecordedEvent],
        transaction: &mut dyn InlineTransaction,
    ) -> Result<(), ReadModelError> {
        self.inner.write(&self.events, transaction).await
    }
}
