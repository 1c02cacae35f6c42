//! An aggregate at two moments.

use serde::Serialize;

use super::Moment;
use crate::domain::aggregate::Aggregate;
use crate::domain::root::Root;
use crate::encoding::change::{Change, changes};
use crate::runtime::app::Cqrs;
use crate::runtime::repository::LoadError;

/// An aggregate at two moments.
#[non_exhaustive]
pub struct Comparison<A: Aggregate> {
    /// As it was at the first moment.
    pub before: Root<A>,
    /// As it was at the second one.
    pub after: Root<A>,
}

impl Cqrs {
    /// Loads an aggregate as it was at two moments, which may be of different kinds: a version and a time, for instance.
    ///
    /// # Errors
    ///
    /// As [`AsOf::load`](super::AsOf::load).
    pub async fn compare<A: Aggregate>(
        &self,
        id: &A::Id,
        before: impl Into<Moment> + Send,
        after: impl Into<Moment> + Send,
    ) -> Result<Comparison<A>, LoadError> {
        let (before, after) = (self.as_of(before), self.as_of(after));
        Ok(Comparison {
            before: before.load(id).await?,
            after: after.load(id).await?,
        })
    }
}

impl<A: Aggregate + Serialize> Comparison<A> {
    /// What differs in the state, field by field. Needs a state that derives `Serialize`.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`] when the state has no JSON form.
    pub fn changes(&self) -> Result<Vec<Change>, serde_json::Error> {
        changes::<A, A>(&self.before, &self.after)
    }
}

impl<A: Aggregate + std::fmt::Debug> std::fmt::Debug for Comparison<A> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Comparison")
            .field("before", &*self.before)
            .field("after", &*self.after)
            .finish()
    }
}
