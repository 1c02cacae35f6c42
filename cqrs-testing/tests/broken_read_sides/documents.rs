//! Reading documents, with one mistake.

use std::sync::PoisonError;

use async_trait::async_trait;
use cqrs_core::ports::documents::{
    DocumentPage, DocumentRead, Documents, ListDocuments, StoredDocument,
};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::processors::GenerationState;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::partition::Partition;

use crate::advance::folded;
use crate::defect::Defect;
use crate::store::{A_MOMENT, BrokenReadSide};

#[async_trait]
impl Documents for BrokenReadSide {
    async fn load_documents(
        &self,
        of: &GenerationId,
        keys: &[DocumentKey],
    ) -> Result<Vec<StoredDocument>, StoreError> {
        let most = match self.defect {
            Defect::LoadsAThousandDocuments => 1_000,
            _ => keys.len(),
        };
        self.memory
            .load_documents(of, &keys[..most.min(keys.len())])
            .await
    }

    async fn read_document(
        &self,
        of: &GenerationId,
        partition: Partition,
        key: &DocumentKey,
    ) -> Result<DocumentRead, StoreError> {
        let key = match self.defect {
            Defect::FoldsTheCaseOfKeys => &folded(key),
            _ => key,
        };
        let mut read = self.memory.read_document(of, partition, key).await?;
        match self.defect {
            Defect::ReadsTheCheckpointLast => {
                tokio::time::sleep(A_MOMENT).await;
                let later = self.memory.read_document(of, partition, key).await?;
                read.checkpoint = later.checkpoint;
                read.blocked = later.blocked;
            }
            Defect::ReadsFromACache => {
                let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
                let entry = cache.entry((of.clone(), key.clone()));
                let known = entry.or_insert_with(|| read.document.take());
                read.document.clone_from(known);
            }
            Defect::HidesParkedKeys => read.blocked = None,
            Defect::ReadsOneCheckpoint => {
                let rows = self.rows(of).await;
                let furthest = rows.iter().map(|row| row.checkpoint).max();
                read.checkpoint = furthest.unwrap_or(read.checkpoint);
            }
            Defect::AnswersForAnything => {
                read.state = read.state.or(Some(GenerationState::Live));
            }
            Defect::HidesThatItWasReplaced if read.state == Some(GenerationState::Retired) => {
                read.state = Some(GenerationState::Live);
            }
            _ => {}
        }
        Ok(read)
    }

    async fn list_documents(&self, request: ListDocuments) -> Result<DocumentPage, StoreError> {
        let limit = request.limit;
        let (prefix, after) = (request.prefix.clone(), request.after.clone());
        let everything = ListDocuments {
            prefix: String::new(),
            after: None,
            limit: usize::MAX,
            ..request.clone()
        };
        let matches: &(dyn Fn(&str) -> bool + Sync) = match self.defect {
            Defect::TakesPrefixesForPatterns => &|key| is_like(key, &format!("{prefix}%")),
            Defect::RaisesTheLastCharacter => &|key| is_between(key, &prefix),
            Defect::ListsWithoutCase => &|key| key.starts_with(&prefix),
            _ => {
                let mut page = self.memory.list_documents(request).await?;
                page.is_last |= self.defect == Defect::TakesEveryPageForTheLast;
                if self.defect == Defect::AnswersForAnything {
                    page.state = page.state.or(Some(GenerationState::Live));
                }
                return Ok(page);
            }
        };
        let mut page = self.memory.list_documents(everything).await?;
        page.documents
            .retain(|document| matches(document.key.as_str()));
        page.documents
            .retain(|document| after.as_ref().is_none_or(|after| document.key > *after));
        if self.defect == Defect::ListsWithoutCase {
            page.documents
                .sort_by_key(|document| document.key.as_str().to_lowercase());
        }
        page.is_last = page.documents.len() <= limit;
        page.documents.truncate(limit);
        Ok(page)
    }
}

/// LIKE, as SQL has it.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('%') => {
            let tails = text.char_indices().map(|(index, _)| &text[index..]);
            tails.chain([""]).any(|tail| is_like(tail, rest.as_str()))
        }
        Some(wanted) => {
            let (wanted, is_any) = match wanted {
                '\\' => (rest.next().unwrap_or('\\'), false),
                '_' => ('_', true),
                _ => (wanted, false),
            };
            let mut text = text.chars();
            let first = text.next();
            first.is_some_and(|first| is_any || first == wanted)
                && is_like(text.as_str(), rest.as_str())
        }
    }
}

/// From the prefix up to what follows it, where that can be said.
fn is_between(text: &str, prefix: &str) -> bool {
    let mut end: Vec<_> = prefix.chars().collect();
    let next = end
        .pop()
        .and_then(|last| char::from_u32(u32::from(last) + 1));
    end.extend(next);
    let end: String = end.into_iter().collect();
    prefix.is_empty() || (text >= prefix && text < end.as_str())
}
