//! Aggregates and views as they were.

mod compare;
mod moment;
mod views;

use std::borrow::Borrow;
use std::collections::BTreeMap;

use super::app::Cqrs;
use super::decoded::known;
use super::events::ReadError;
use super::processor::filter_of;
use super::repository::LoadError;
use super::scan::Scan;
use crate::domain::aggregate::Aggregate;
use crate::domain::root::Root;
use crate::domain::view::View;
use crate::ports::read_stream::StreamRead;

pub use compare::Comparison;
pub use moment::Moment;
pub(super) use moment::UpTo;
pub(super) use views::DocumentsOf;

/// The application as it was at a moment: see [`Cqrs::as_of`].
#[derive(Clone, Debug)]
#[must_use = "nothing is read until something is loaded"]
pub struct AsOf {
    cqrs: Cqrs,
    moment: Moment,
}

impl Cqrs {
    /// Looks at the application as it was at a version, a position or a time. Nothing that was made of the events is read, no
    /// snapshot and no read model: they are folded again, by today's code.
    ///
    /// # Examples
    ///
    /// ```
    /// # use chrono::{DateTime, Utc};
    /// # use cqrs_core::domain::aggregate::Aggregate;
    /// # use cqrs_core::domain::root::Root;
    /// # use cqrs_core::runtime::app::Cqrs;
    /// # use cqrs_core::runtime::repository::LoadError;
    /// async fn then<A: Aggregate>(cqrs: &Cqrs, id: &A::Id, at: DateTime<Utc>) -> Result<Root<A>, LoadError> {
    ///     cqrs.as_of(at).load::<A>(id).await
    /// }
    /// ```
    pub fn as_of(&self, moment: impl Into<Moment>) -> AsOf {
        AsOf {
            cqrs: self.clone(),
            moment: moment.into(),
        }
    }
}

impl AsOf {
    /// The moment.
    #[must_use]
    pub const fn moment(&self) -> Moment {
        self.moment
    }

    /// The aggregate as it was. One that did not exist then has version 0.
    ///
    /// # Errors
    ///
    /// [`LoadError`], never `VersionNotReached`: of a moment to come, the aggregate is as it is now.
    pub async fn load<A: Aggregate>(&self, id: &A::Id) -> Result<Root<A>, LoadError> {
        let stream = A::stream(id).map_err(LoadError::Invalid)?;
        let mut root = self.cqrs.new_root::<A>(id.clone());
        loop {
            let request = StreamRead::forward(stream.clone())
                .from(root.version().after(1))
                .limit(self.cqrs.page());
            let page = self.cqrs.store().read_stream(request).await;
            let page = page.map_err(LoadError::Store)?;
            for recorded in &page.events {
                if !self.moment.has(recorded) {
                    return Ok(root);
                }
                root.replay_recorded(recorded).map_err(LoadError::Decode)?;
            }
            if page.is_last || page.events.is_empty() {
                return Ok(root);
            }
        }
    }

    /// The document of this key as it would have been, made by today's code of the view: `None` when there would have been
    /// none. Reads all events of the log that the view reads.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when the log can't be read, or an event can't be decoded.
    pub async fn view<V: View>(&self, key: impl Borrow<V::Key>) -> Result<Option<V>, ReadError> {
        let mut documents = DocumentsOf::<V>::of_key(key.borrow().to_string());
        self.fold(&mut documents).await?;
        Ok(documents.into_documents().into_values().next())
    }

    /// All documents of the view as they would have been, by key, in memory.
    ///
    /// # Errors
    ///
    /// As [`view`](AsOf::view).
    pub async fn views<V: View>(&self) -> Result<BTreeMap<String, V>, ReadError> {
        let mut documents = DocumentsOf::<V>::all();
        self.fold(&mut documents).await?;
        Ok(documents.into_documents())
    }

    async fn fold<V: View>(&self, documents: &mut DocumentsOf<V>) -> Result<(), ReadError> {
        let mut scan = Scan::new(&self.cqrs, filter_of::<V::Event>());
        if let Moment::Position(position) = self.moment {
            scan = scan.through(position);
        }
        let mut up_to = UpTo::new(self.moment);
        while let Some(page) = scan.next().await.map_err(ReadError::Store)? {
            for recorded in page.events {
                if !up_to.has(&recorded) {
                    continue;
                }
                for event in known::<V::Event>(&recorded).map_err(ReadError::Decode)? {
                    let keys = documents.keys_of(&event);
                    documents.apply(&event, keys);
                }
            }
        }
        Ok(())
    }
}
