//! What if a view made something else of the events?

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Differences, WhatIf, WhatIfError};
use crate::domain::view::View;
use crate::encoding::change::{Change, changes};
use crate::runtime::as_of::{DocumentsOf, Moment, UpTo};
use crate::runtime::decoded::known;
use crate::runtime::events::ReadError;
use crate::runtime::processor::filter_of;
use crate::runtime::scan::Scan;
use crate::words::event::RecordedEvent;
use crate::words::filter::Filter;

/// A document that would be another one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ViewCase {
    /// Its key.
    pub key: String,
    /// Which places differ: `before` is the first view's. A document that only one of them has differs as a whole.
    pub changes: Vec<Change>,
}

impl WhatIf {
    /// Builds two views from the same events, in memory, and tells which documents differ.
    ///
    /// # Errors
    ///
    /// [`WhatIfError`] when the log can't be read, an event can't be decoded by one of the two, or a document has no JSON form.
    pub async fn view<V: View, W: View>(mut self) -> Result<Differences<ViewCase>, WhatIfError> {
        let (one_filter, other_filter) = (filter_of::<V::Event>(), filter_of::<W::Event>());
        let items = one_filter.items().iter().chain(other_filter.items());
        let mut scan = Scan::new(&self.cqrs, Filter::any_of(items.cloned()));
        if let Some(Moment::Position(position)) = self.until {
            scan = scan.through(position);
        }
        let (mut one, mut other) = (
            Side::<V>::new(one_filter, self.until),
            Side::<W>::new(other_filter, self.until),
        );
        self.observer.begin_round(scan.position());
        while let Some(page) = scan.next().await.map_err(ReadError::Store)? {
            let read = page.events.len();
            for recorded in page.events {
                one.take(&recorded)?;
                other.take(&recorded)?;
            }
            let end = scan.end();
            self.observer.advance(read, scan.position(), Some(end));
        }
        self.observer.finish(scan.position());
        let (one, other) = (
            one.documents.into_documents(),
            other.documents.into_documents(),
        );
        let mut found = Differences::none();
        let keys: BTreeSet<_> = one.keys().chain(other.keys()).collect();
        for key in keys {
            found.compared += 1;
            let changes = changes(&one.get(key), &other.get(key))?;
            if !changes.is_empty() {
                let key = key.clone();
                found.add(self.cases, ViewCase { key, changes });
            }
        }
        Ok(found)
    }
}

/// One of the two views.
struct Side<V> {
    filter: Filter,
    up_to: Option<UpTo>,
    documents: DocumentsOf<V>,
}

impl<V: View> Side<V> {
    fn new(filter: Filter, until: Option<Moment>) -> Self {
        Self {
            filter,
            up_to: until.map(UpTo::new),
            documents: DocumentsOf::all(),
        }
    }

    fn take(&mut self, recorded: &RecordedEvent) -> Result<(), ReadError> {
        if !self.filter.matches(recorded) {
            return Ok(());
        }
        if self
            .up_to
            .as_mut()
            .is_some_and(|up_to| !up_to.has(recorded))
        {
            return Ok(());
        }
        for event in known::<V::Event>(recorded).map_err(ReadError::Decode)? {
            let keys = self.documents.keys_of(&event);
            self.documents.apply(&event, keys);
        }
        Ok(())
    }
}
