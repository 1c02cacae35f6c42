//! Importing: many events at once, in the places that they already have.

use async_trait::async_trait;
use cqrs_core::ports::import::{ImportError, ImportEvent, ImportEvents, Imported, check_chunk};

use super::Memory;

#[async_trait]
impl ImportEvents for Memory {
    /// Without a single await: a future that is dropped has imported the chunk, or was never polled (R1).
    async fn import(&self, chunk: Vec<ImportEvent>) -> Result<Imported, ImportError> {
        self.limits.check_import(&chunk)?;
        check_chunk(&chunk)?;
        let mut log = self.log();
        let now = self.now();
        let imported = log.import(chunk, now)?;
        self.settle(&log);
        Ok(imported)
    }
}
