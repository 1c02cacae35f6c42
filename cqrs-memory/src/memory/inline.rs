//! Read models in the transaction of an append.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cqrs_core::ports::append::{Append, AppendOutcome};
use cqrs_core::ports::documents::{DocumentWrite, Documents, StoredDocument};
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::ports::inline::{AppendInline, InlineTransaction, ReadModelError, ReadModels};
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::event::EventName;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::position::Position;
use tokio::time::Instant;

use super::{Memory, MemoryTransaction};

/// How long appends may have to wait while a generation comes through what is left.
const LONGEST_WAIT: Duration = Duration::from_millis(250);

#[async_trait]
impl AppendInline for Memory {
    /// Alone with the log, so that the events are recorded as they were foreseen. What the read models write is kept
    /// beside the store until then: a future that is dropped has written nothing.
    async fn append_inline(
        &self,
        append: Append,
        read_models: Arc<dyn ReadModels>,
    ) -> Result<AppendOutcome, AppendError> {
        self.limits.check(&append)?;
        let _alone = self.alone().await;
        let now = self.now();
        let events = {
            let log = self.log();
            if let Some(outcome) = log.decide(&append)? {
                return Ok(outcome);
            }
            let given = read_models.generations();
            if !self.processors().are_inline(&append, given) {
                return Err(AppendError::OtherReadModels);
            }
            log.foresee(&append, now)
        };
        let mut transaction = Transaction::of(self.clone());
        read_models
            .write(&events, &mut transaction)
            .await
            .map_err(refused)?;
        let mut log = self.log();
        let appended = log.record(&append, now);
        transaction.apply();
        self.settle(&log);
        Ok(AppendOutcome::Recorded(appended))
    }

    async fn go_inline(&self, of: &GenerationId, names: &[EventName]) -> Result<bool, StoreError> {
        let until = Instant::now() + LONGEST_WAIT;
        let _alone = self.alone().await;
        loop {
            let gone = {
                let log = self.log();
                self.processors().go_inline(of, names, &log)
            };
            match gone {
                Some(gone) => return Ok(gone),
                None if Instant::now() >= until => return Ok(false),
                None => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
    }

    async fn end_of_log(&self) -> Result<Position, StoreError> {
        Ok(self.log().end())
    }
}

fn refused(error: ReadModelError) -> AppendError {
    match error {
        ReadModelError::Failed { processor, source } => {
            AppendError::ReadModel { processor, source }
        }
        ReadModelError::Store(error) => error.into(),
        error => StoreError::other(error).into(),
    }
}

/// What read models want to be written.
struct Transaction {
    store: Memory,
    documents: BTreeMap<GenerationId, BTreeMap<DocumentKey, DocumentWrite>>,
    entered: BTreeMap<GenerationId, MemoryTransaction>,
}

impl Transaction {
    fn of(store: Memory) -> Self {
        Self {
            store,
            documents: BTreeMap::new(),
            entered: BTreeMap::new(),
        }
    }

    /// The caller has locked the log: nobody sees the events without this.
    fn apply(self) {
        let mut processors = self.store.processors();
        for (of, documents) in self.documents {
            processors.write_documents(&of, documents.into_values().collect());
        }
        for transaction in self.entered.into_values() {
            let (of, rows) = transaction.into_writes();
            processors.write_rows(&of, rows);
        }
    }
}

#[async_trait]
impl InlineTransaction for Transaction {
    async fn load_documents(
        &mut self,
        of: &GenerationId,
        keys: &[DocumentKey],
    ) -> Result<Vec<StoredDocument>, StoreError> {
        self.store.load_documents(of, keys).await
    }

    async fn write_documents(
        &mut self,
        of: &GenerationId,
        documents: Vec<DocumentWrite>,
    ) -> Result<(), StoreError> {
        let written = self.documents.entry(of.clone()).or_default();
        let documents = documents.into_iter();
        written.extend(documents.map(|document| (document.key.clone(), document)));
        Ok(())
    }

    async fn enter(&mut self, of: &GenerationId) -> Result<&mut (dyn Any + Send), StoreError> {
        let store = &self.store;
        let entered = self.entered.entry(of.clone());
        Ok(entered.or_insert_with(|| MemoryTransaction::of(store.clone(), of.clone())))
    }
}
