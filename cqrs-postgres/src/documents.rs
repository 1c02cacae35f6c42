//! Reading documents: P5.

use async_trait::async_trait;
use cqrs_core::ports::documents::{
    DocumentPage, DocumentRead, Documents, ListDocuments, StoredDocument,
};
use cqrs_core::ports::error::{BoxError, StoreError};
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::partition::Partition;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::parked;
use crate::postgres::Postgres;
use crate::processors::state;
use crate::sqlstate::store_error;

#[async_trait]
impl Documents for Postgres {
    async fn load_documents(
        &self,
        of: &GenerationId,
        keys: &[DocumentKey],
    ) -> Result<Vec<StoredDocument>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<_> = keys.iter().map(DocumentKey::as_str).collect();
        let statement = sqlx::query(self.inner.statements.load_documents.clone())
            .bind(of.processor.as_str())
            .bind(of.generation.as_i32())
            .bind(keys);
        let rows = self.inner.session.rows(statement).await;
        let rows = rows.map_err(store_error)?;
        let documents = rows.iter().map(|row| listed(row, 0));
        documents
            .collect::<Result<_, _>>()
            .map_err(|source| corrupt(of, source))
    }

    /// One statement, so all of it is as of one moment.
    async fn read_document(
        &self,
        of: &GenerationId,
        partition: Partition,
        key: &DocumentKey,
    ) -> Result<DocumentRead, StoreError> {
        let statement = sqlx::query(self.inner.statements.read_document.clone())
            .bind(of.processor.as_str())
            .bind(of.generation.as_i32())
            .bind(i32::from(partition))
            .bind(key.as_str());
        let rows = self.inner.session.rows(statement).await;
        let rows = rows.map_err(store_error)?;
        match rows.first() {
            Some(row) => read(row, key).map_err(|source| corrupt(of, source)),
            None => Ok(DocumentRead {
                state: None,
                checkpoint: Position::START,
                blocked: None,
                document: None,
            }),
        }
    }

    async fn list_documents(&self, request: ListDocuments) -> Result<DocumentPage, StoreError> {
        let page = self.inner.page(request.limit);
        let range = KeyRange::of(&request.prefix, request.after.as_ref());
        let statement = sqlx::query(self.inner.statements.list_documents.clone())
            .bind(request.of.processor.as_str())
            .bind(request.of.generation.as_i32())
            .bind(range.from)
            .bind(range.below)
            .bind(page.rows);
        let rows = self.inner.session.rows(statement).await;
        let rows = rows.map_err(store_error)?;
        decode_page(&rows, page).map_err(|source| corrupt(&request.of, source))
    }
}

fn decode_page(rows: &[PgRow], page: crate::page::Page) -> Result<DocumentPage, BoxError> {
    let mut found = None;
    let mut documents = Vec::with_capacity(rows.len());
    for row in rows {
        found = Some(state(row.try_get(0)?)?);
        if row.try_get::<Option<&str>, _>(1)?.is_some() {
            documents.push(listed(row, 1)?);
        }
    }
    let is_last = page.cut(&mut documents);
    Ok(DocumentPage {
        state: found,
        documents,
        is_last,
    })
}

/// Key, position and content, from this column on.
fn listed(row: &PgRow, first: usize) -> Result<StoredDocument, BoxError> {
    let key = DocumentKey::new(row.try_get::<&str, _>(first)?)?;
    // The type is `json`, which goes over the wire as its text.
    let content: &str = row.try_get_unchecked(first + 2)?;
    Ok(StoredDocument {
        key,
        content: Payload::from_store(content),
        position: Position::try_from(row.try_get::<i64, _>(first + 1)?)?,
    })
}

fn read(row: &PgRow, key: &DocumentKey) -> Result<DocumentRead, BoxError> {
    let checkpoint = row.try_get::<Option<i64>, _>(1)?.map(Position::try_from);
    let position = row.try_get::<Option<i64>, _>(2)?.map(Position::try_from);
    let content: Option<&str> = row.try_get_unchecked(3)?;
    let document = match (position.transpose()?, content) {
        (Some(position), Some(content)) => Some(StoredDocument {
            key: key.clone(),
            content: Payload::from_store(content),
            position,
        }),
        _ => None,
    };
    let is_blocked = row.try_get::<Option<i32>, _>(4)?.is_some();
    Ok(DocumentRead {
        state: Some(state(row.try_get(0)?)?),
        checkpoint: checkpoint.transpose()?.unwrap_or_default(),
        blocked: is_blocked.then(|| parked::event(row, 4)).transpose()?,
        document,
    })
}

fn corrupt(of: &GenerationId, source: BoxError) -> StoreError {
    StoreError::Corrupt {
        what: format!("a document of {of}"),
        source,
    }
}

/// Keys from one text, and below another, in the order of their bytes.
#[derive(Debug, PartialEq, Eq)]
struct KeyRange {
    from: String,
    below: String,
}

impl KeyRange {
    /// Keys that begin with the prefix and come after another key. Keys have no control characters, so that the next
    /// text after a key is the key with U+0001 behind it.
    fn of(prefix: &str, after: Option<&DocumentKey>) -> Self {
        if prefix.chars().any(char::is_control) {
            // No key has them, and the server refuses one of them in a text.
            return Self {
                from: String::new(),
                below: String::new(),
            };
        }
        let after = after.map(|key| format!("{key}\u{1}")).unwrap_or_default();
        Self {
            from: after.max(prefix.to_owned()),
            below: end_of(prefix),
        }
    }
}

/// The least text that is greater than all keys that begin with the prefix.
fn end_of(prefix: &str) -> String {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // The code point after it; those from U+D800 to U+DFFF are no characters.
        let next = match last {
            '\u{D7FF}' => Some('\u{E000}'),
            _ => char::from_u32(u32::from(last) + 1),
        };
        if let Some(next) = next {
            end.push(next);
            return end;
        }
    }
    // Longer than any key.
    char::MAX.to_string().repeat(51)
}

#[cfg(test)]
mod tests {
    use super::{KeyRange, end_of};
    use cqrs_core::words::document_key::DocumentKey;

    fn has(range: &KeyRange, key: &str) -> bool {
        (range.from.as_str()..range.below.as_str()).contains(&key)
    }

    #[test]
    fn a_prefix_is_a_range() {
        let greatest = char::MAX.to_string().repeat(50);
        for prefix in [
            "",
            "a",
            "a%",
            "a_",
            "ä",
            "\u{D7FF}",
            "a\u{10FFFF}",
            &greatest[..8],
        ] {
            let range = KeyRange::of(prefix, None);
            for key in [
                "a",
                "a%b",
                "a_b",
                "ab",
                "äb",
                "\u{D7FF}x",
                "\u{E000}",
                "a\u{10FFFF}\u{10FFFF}",
                "b",
                &greatest,
            ] {
                assert_eq!(
                    has(&range, key),
                    key.starts_with(prefix),
                    "{prefix:?} {key:?}"
                );
            }
        }
        assert_eq!(end_of("a"), "b");
    }

    #[test]
    fn what_comes_after_a_key_does_not_have_it() {
        let after = DocumentKey::new("ab").unwrap();
        for prefix in ["", "a", "ab"] {
            let range = KeyRange::of(prefix, Some(&after));
            for (key, is_meant) in [
                ("aa", false),
                ("ab", false),
                ("ab ", true),
                ("abc", true),
                ("ac", prefix != "ab"),
            ] {
                assert_eq!(has(&range, key), is_meant, "{prefix:?} {key:?}");
            }
        }
        assert!(!has(&KeyRange::of("aa", Some(&after)), "aaa"));
        assert!(has(&KeyRange::of("b", Some(&after)), "ba"));
    }

    #[test]
    fn a_prefix_that_no_key_can_have_means_none() {
        let range = KeyRange::of("a\0", None);
        assert!(!has(&range, "a"));
        assert!(!range.from.contains('\0'));
    }
}
