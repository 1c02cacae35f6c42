//! Reading documents: P5.

use async_trait::async_trait;
use cqrs_core::ports::documents::{
    DocumentPage, DocumentRead, Documents, ListDocuments, StoredDocument,
};
use cqrs_core::ports::error::StoreError;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::partition::Partition;
use cqrs_core::words::position::Position;

use super::Memory;

#[async_trait]
impl Documents for Memory {
    async fn load_documents(
        &self,
        of: &GenerationId,
        keys: &[DocumentKey],
    ) -> Result<Vec<StoredDocument>, StoreError> {
        let processors = self.processors();
        let entry = processors.get(of);
        Ok(entry.map_or_else(Vec::new, |entry| entry.documents(keys)))
    }

    /// Under one lock, so all of it is as of one moment.
    async fn read_document(
        &self,
        of: &GenerationId,
        partition: Partition,
        key: &DocumentKey,
    ) -> Result<DocumentRead, StoreError> {
        let nothing = DocumentRead {
            state: None,
            checkpoint: Position::START,
            blocked: None,
            document: None,
        };
        let processors = self.processors();
        let entry = processors.get(of);
        Ok(entry.map_or(nothing, |entry| entry.read(partition, key)))
    }

    async fn list_documents(&self, request: ListDocuments) -> Result<DocumentPage, StoreError> {
        let nothing = DocumentPage {
            state: None,
            documents: Vec::new(),
            is_last: true,
        };
        let processors = self.processors();
        let entry = processors.get(&request.of);
        Ok(entry.map_or(nothing, |entry| entry.list(&request)))
    }
}
