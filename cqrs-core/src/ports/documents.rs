//! The port through which documents are read: those of views, and the states of process managers.

use async_trait::async_trait;

use super::error::StoreError;
use super::parked::BlockedKey;
use super::processors::GenerationState;
use crate::words::document_key::DocumentKey;
use crate::words::generation::GenerationId;
use crate::words::partition::Partition;
use crate::words::payload::Payload;
use crate::words::position::Position;

/// Reads documents. They are written by [`AdvanceProcessors`](super::advance::AdvanceProcessors), together with the
/// checkpoint.
///
/// # Guarantees
///
/// - P1: a document is what its generation's writes up to the checkpoint have made of it.
/// - P5: [`read_document`](Documents::read_document) never gives a document that is older than the checkpoint beside it.
#[async_trait]
pub trait Documents: Send + Sync {
    /// The documents of these keys, those that there are, in any order. For the owner of their partitions.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn load_documents(
        &self,
        of: &GenerationId,
        keys: &[DocumentKey],
    ) -> Result<Vec<StoredDocument>, StoreError>;

    /// One document, and how far its partition has come: all of it as of one moment, or in the order of the fields of
    /// [`DocumentRead`].
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn read_document(
        &self,
        of: &GenerationId,
        partition: Partition,
        key: &DocumentKey,
    ) -> Result<DocumentRead, StoreError>;

    /// A page of documents by rising key, compared byte by byte.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn list_documents(&self, request: ListDocuments) -> Result<DocumentPage, StoreError>;
}

/// A document as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDocument {
    /// Its key.
    pub key: DocumentKey,
    /// What is in it.
    pub content: Payload,
    /// The last event that is in it.
    pub position: Position,
}

/// A document to write, or to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentWrite {
    /// Its key.
    pub key: DocumentKey,
    /// What is in it from now on; `None` deletes it. One to delete that is not there is not an error.
    pub content: Option<Payload>,
    /// The last event that is in it.
    pub position: Position,
    /// Whether the owner of the partition knows that there is no such document. It only makes writing cheaper where a store can
    /// use it: a document that is there after all is replaced all the same.
    pub is_new: bool,
}

/// What is known about one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRead {
    /// Whether the generation is read; `None` when there is no such generation any more.
    pub state: Option<GenerationState>,
    /// How far the key's partition has come.
    pub checkpoint: Position,
    /// The first parked event of the key, if it has any.
    pub blocked: Option<BlockedKey>,
    /// The document, if there is one.
    pub document: Option<StoredDocument>,
}

/// Which documents to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListDocuments {
    /// The generation.
    pub of: GenerationId,
    /// Only keys that begin with this text; empty for all.
    pub prefix: String,
    /// Only keys after this one.
    pub after: Option<DocumentKey>,
    /// The most documents of the page, at least 1. A store may return fewer, and says whether there are more.
    pub limit: usize,
}

/// Some documents of a generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentPage {
    /// Whether the generation is read; `None` when there is no such generation any more.
    pub state: Option<GenerationState>,
    /// The documents, by rising key.
    pub documents: Vec<StoredDocument>,
    /// Whether there was nothing more when the page was read.
    pub is_last: bool,
}
