//! Listing the documents of a view by rising key.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use super::wait::Waiting;
use super::{PATIENCE, ReadError, decode, processing};
use crate::domain::view::View;
use crate::ports::documents::ListDocuments;
use crate::ports::processors::GenerationState;
use crate::runtime::app::Cqrs;
use crate::words::document_key::DocumentKey;
use crate::words::position::Position;

/// A list of documents about to be read. Say which, then await it.
#[must_use = "a list is read when this is awaited"]
#[derive(Debug)]
pub struct ListViews<V> {
    cqrs: Cqrs,
    prefix: String,
    after: Option<DocumentKey>,
    limit: usize,
    at_least: Option<Position>,
    within: Duration,
    view: PhantomData<fn() -> V>,
}

/// A page of documents.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed<V> {
    /// Each with its key, by rising key.
    pub documents: Vec<(DocumentKey, V)>,
    /// Where the next page begins; `None` when there is none.
    pub next: Option<DocumentKey>,
}

impl Cqrs {
    /// Lists the documents of a view by rising key, compared byte by byte. Await the result.
    pub fn views<V: View>(&self) -> ListViews<V> {
        ListViews {
            cqrs: self.clone(),
            prefix: String::new(),
            after: None,
            limit: 100,
            at_least: None,
            within: PATIENCE,
            view: PhantomData,
        }
    }
}

impl<V: View> ListViews<V> {
    /// Only documents whose key begins with this.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Only documents after this key: [`Listed::next`] of the page before.
    pub fn after(mut self, key: DocumentKey) -> Self {
        self.after = Some(key);
        self
    }

    /// At most so many documents: 100 where nothing is said, at least 1.
    pub fn limit(mut self, documents: usize) -> Self {
        self.limit = documents.max(1);
        self
    }

    /// Not before the whole view has seen everything up to this position, parked keys excepted.
    pub fn at_least(mut self, position: Position) -> Self {
        self.at_least = Some(position);
        self
    }

    /// How long to wait for it: 5 seconds where nothing is said.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    async fn list(self) -> Result<Listed<V>, ReadError> {
        let processing = processing(&self.cqrs, &V::NAME)?;
        let name = V::NAME;
        let waiting = Waiting::new(&name, self.at_least, self.within);
        loop {
            let row = waiting.for_all(processing).await?;
            let request = ListDocuments {
                of: row.of.clone(),
                prefix: self.prefix.clone(),
                after: self.after.clone(),
                limit: self.limit,
            };
            let page = processing.store.list_documents(request).await?;
            if !page.state.is_some_and(GenerationState::is_read) {
                // Another generation has become live in between.
                processing.look_again(&V::NAME).await?;
                continue;
            }
            if row.state == GenerationState::Inline && page.state == Some(GenerationState::Live) {
                // It has ceased to be inline in between: what is read has to be waited for.
                processing.look_again(&V::NAME).await?;
                continue;
            }
            let last = page.documents.last().map(|document| document.key.clone());
            let mut documents = Vec::with_capacity(page.documents.len());
            for document in page.documents {
                let key = document.key.clone();
                documents.push((key, decode::<V>(&row, document)?));
            }
            return Ok(Listed {
                documents,
                next: last.filter(|_| !page.is_last),
            });
        }
    }
}

impl<V: View> IntoFuture for ListViews<V> {
    type Output = Result<Listed<V>, ReadError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.list())
    }
}
