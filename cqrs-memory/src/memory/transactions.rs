//! Transactions for a user's own rows: P1.

use std::collections::BTreeMap;

use cqrs_core::ports::advance::{Advance, AdvanceError};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::transactions::Transactions;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::processor::ProcessorName;

use super::Memory;

/// A transaction in which a projection writes rows of its own: a table's name and a key lead to a payload. It sees what it
/// has written itself; others see it when it has ended well.
#[derive(Debug)]
pub struct MemoryTransaction {
    store: Memory,
    of: GenerationId,
    writes: Rows,
}

impl MemoryTransaction {
    pub(super) fn of(store: Memory, of: GenerationId) -> Self {
        Self {
            store,
            of,
            writes: Rows::new(),
        }
    }

    pub(super) fn into_writes(self) -> (GenerationId, Rows) {
        (self.of, self.writes)
    }
}

/// For each table and key what is written, or that it is deleted.
pub(crate) type Rows = BTreeMap<(String, String), Option<Payload>>;

impl MemoryTransaction {
    /// The row of this key.
    #[must_use]
    pub fn get(&self, table: &str, key: &str) -> Option<Payload> {
        let place = (table.to_owned(), key.to_owned());
        match self.writes.get(&place) {
            Some(written) => written.clone(),
            None => self.store.processors().get(&self.of)?.row_of(&place),
        }
    }

    /// Writes the row of this key.
    pub fn put(&mut self, table: impl Into<String>, key: impl Into<String>, row: Payload) {
        self.writes.insert((table.into(), key.into()), Some(row));
    }

    /// Deletes the row of this key, if there is one.
    pub fn delete(&mut self, table: impl Into<String>, key: impl Into<String>) {
        self.writes.insert((table.into(), key.into()), None);
    }
}

impl Transactions for Memory {
    type Tx = MemoryTransaction;

    async fn begin(&self, of: &GenerationId) -> Result<MemoryTransaction, StoreError> {
        Ok(MemoryTransaction::of(self.clone(), of.clone()))
    }

    async fn advance_in(
        &self,
        transaction: MemoryTransaction,
        advance: Advance,
    ) -> Result<(), AdvanceError> {
        let mut processors = self.processors();
        processors.advance(advance, self.now())?;
        processors.write_rows(&transaction.of, transaction.writes);
        Ok(())
    }

    async fn commit(&self, transaction: MemoryTransaction) -> Result<(), StoreError> {
        self.processors()
            .write_rows(&transaction.of, transaction.writes);
        Ok(())
    }
}

impl Memory {
    /// The row that the live generation of a projection has under this key.
    #[must_use]
    pub fn row(&self, projection: &ProcessorName, table: &str, key: &str) -> Option<Payload> {
        let processors = self.processors();
        let live = processors
            .progress(Some(projection), self.now())
            .into_iter()
            .find(|progress| progress.row.state.is_read())?;
        processors
            .get(&live.row.of)?
            .row_of(&(table.to_owned(), key.to_owned()))
    }
}
