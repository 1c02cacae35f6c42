//! Importing: many events at once, in the places that they already have.

use async_trait::async_trait;
use cqrs_core::ports::import::{ImportError, ImportEvent, ImportEvents, Imported, check_chunk};

use super::Memory;

#[async_trait]
impl ImportEvents for Memory {
    /// Without an await but the first: a future that is dropped has imported the chunk, or nothing (R1).
    async fn import(&self, chunk: Vec<ImportEvent>) -> Result<Imported, ImportError> {
        self.limits.check_import(&chunk)?;
        check_chunk(&chunk)?;
        let names: Vec<_> = chunk
            .iter()
            .map(|import| import.event.name.clone())
            .collect();
        self.recording(|mut log| {
            let (now, before) = (self.now(), log.end());
            let imported = log.import(chunk, now)?;
            if log.end() > before {
                // Whoever imports writes no read models: those that are inline are left to the runners.
                self.processors().leave_inline(&names.iter(), before);
            }
            self.settle(&log);
            Ok(imported)
        })
        .await
    }
}
