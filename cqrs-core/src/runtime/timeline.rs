//! The history of an aggregate: each event with the state after it.

use super::events::{Events, ReadError};
use super::repository::Repository;
use crate::domain::aggregate::Aggregate;
use crate::words::error::InvalidWord;
use crate::words::event::Recorded;

/// The history of an aggregate: each event with the state after it, from the first one on.
///
/// Only a page of events is in memory at a time, and one state, which needs no `Clone`.
///
/// # Examples
///
/// ```
/// # use cqrs_core::domain::aggregate::Aggregate;
/// # use cqrs_core::runtime::app::Cqrs;
/// async fn tell<A>(cqrs: &Cqrs, id: &A::Id) -> Result<(), Box<dyn std::error::Error>>
/// where
///     A: Aggregate + std::fmt::Debug,
///     A::Event: std::fmt::Debug,
/// {
///     let mut timeline = cqrs.repository::<A>().timeline(id)?;
///     while let Some((event, state)) = timeline.next().await? {
///         println!("{} {:?} → {state:?}", event.version, event.event);
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug)]
#[must_use = "nothing is read until `.next().await`"]
pub struct Timeline<A: Aggregate> {
    events: Events<A::Event>,
    state: A,
    is_broken: bool,
}

impl<A: Aggregate> Repository<A> {
    /// What happened to the aggregate, in order, with the state after each event.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`] when the id is no stream key.
    pub fn timeline(&self, id: &A::Id) -> Result<Timeline<A>, InvalidWord> {
        Ok(Timeline {
            events: self.history(id)?,
            state: A::default(),
            is_broken: false,
        })
    }
}

impl<A: Aggregate> Timeline<A> {
    /// The next event and the state after it; `None` at the end. Can be dropped at any time: no event is left out.
    ///
    /// # Errors
    ///
    /// - [`ReadError::Decode`]: what comes after it can't be known, so the timeline ends there.
    /// - [`ReadError::Store`]: the caller may try again, from the same place.
    pub async fn next(&mut self) -> Result<Option<(Recorded<A::Event>, &A)>, ReadError> {
        if self.is_broken {
            return Ok(None);
        }
        let next = self.events.next().await;
        self.is_broken = matches!(next, Err(ReadError::Decode(_)));
        let Some(recorded) = next? else {
            return Ok(None);
        };
        self.state.apply_event(&recorded.event);
        Ok(Some((recorded, &self.state)))
    }
}
