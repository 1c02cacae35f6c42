//! Aggregates as they are recorded.

use std::marker::PhantomData;
use std::time::Instant;

use super::app::Cqrs;
use super::command_error::CommandError;
use super::deciders::Loaded;
use super::events::Events;
use super::folded::Folded;
use super::folding::{Folding, detail};
use super::snapshots;
use crate::domain::aggregate::Aggregate;
use crate::domain::root::Root;
use crate::encoding::error::DecodeError;
use crate::ports::error::StoreError;
use crate::words::error::InvalidWord;
use crate::words::stream::StreamId;
use crate::words::version::{ExpectedVersion, StreamVersion, VersionConflict};

/// Loads aggregates of one kind by folding their events.
#[derive(Debug)]
pub struct Repository<A> {
    cqrs: Cqrs,
    aggregate: PhantomData<fn() -> A>,
}

/// An aggregate that can't be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Its id is no stream key.
    #[error("the aggregate can't be addressed")]
    Invalid(#[source] InvalidWord),
    /// One of its events can't be decoded.
    #[error("the aggregate can't be loaded")]
    Decode(#[source] DecodeError),
    /// It has not had that version yet.
    #[error("stream {stream} is at version {actual}, it has not reached version {asked} yet")]
    VersionNotReached {
        /// Its stream.
        stream: StreamId,
        /// The version that was asked for.
        asked: StreamVersion,
        /// The version that it has.
        actual: StreamVersion,
    },
    /// The store can't be read.
    #[error("the store could not be read")]
    Store(#[source] StoreError),
}

impl LoadError {
    /// The same reason, for a command that needed the aggregate.
    pub(super) fn into_command_error<E>(self) -> CommandError<E> {
        match self {
            Self::Invalid(source) => CommandError::Invalid(source),
            Self::Decode(source) => CommandError::Decode(source),
            Self::VersionNotReached {
                stream,
                asked,
                actual,
            } => {
                let expected = ExpectedVersion::at(asked);
                CommandError::Conflict(VersionConflict {
                    stream,
                    expected,
                    actual,
                })
            }
            Self::Store(source) => CommandError::Store(source),
        }
    }
}

impl<A: Aggregate> Repository<A> {
    pub(super) const fn new(cqrs: Cqrs) -> Self {
        Self {
            cqrs,
            aggregate: PhantomData,
        }
    }

    /// The aggregate as it is now. One that nobody has created has version 0: see [`Root::exists`].
    ///
    /// # Errors
    ///
    /// [`LoadError`], never `VersionNotReached`.
    pub async fn load(&self, id: &A::Id) -> Result<Root<A>, LoadError> {
        Ok(self.load_counted(id).await?.root)
    }

    /// The aggregate as it was at this version.
    ///
    /// # Errors
    ///
    /// [`LoadError::VersionNotReached`] when the stream is shorter, and what [`load`](Self::load) gives.
    pub async fn load_at(&self, id: &A::Id, version: StreamVersion) -> Result<Root<A>, LoadError> {
        let root = self.fold(id, version).await?.loaded.root;
        if root.version() < version {
            let stream = A::stream(id).map_err(LoadError::Invalid)?;
            let actual = root.version();
            return Err(LoadError::VersionNotReached {
                stream,
                asked: version,
                actual,
            });
        }
        Ok(root)
    }

    /// What happened to the aggregate, in order: nothing if nobody has created it.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`] when the id is no stream key.
    pub fn history(&self, id: &A::Id) -> Result<Events<A::Event>, InvalidWord> {
        Ok(Events::of_stream(self.cqrs.clone(), A::stream(id)?))
    }

    /// The aggregate as it is now, and how much was folded into it. Has a snapshot taken, if that is due.
    pub(super) async fn load_counted(&self, id: &A::Id) -> Result<Loaded<A>, LoadError> {
        let began = A::SNAPSHOTS.is_some().then(Instant::now);
        let folded = self.fold(id, StreamVersion::MAX).await?;
        if let Some(began) = began {
            snapshots::begin_if_due(&self.cqrs, &folded, began.elapsed());
        }
        Ok(folded.loaded)
    }

    /// Folds the events up to this version. It begins at the snapshot, if there is one that can be used.
    pub(super) async fn fold(
        &self,
        id: &A::Id,
        through: StreamVersion,
    ) -> Result<Folded<A>, LoadError> {
        let stream = A::stream(id).map_err(LoadError::Invalid)?;
        let (mut folded, left) = snapshots::begin::<A>(&self.cqrs, id, &stream, through).await?;
        if let Some(detail) = left {
            let mut folding = Folding::new(&mut folded.loaded, &stream, through, detail);
            folding.take_rest(&self.cqrs).await?;
            let end_of_chapter = folding.end_of_chapter;
            folded.end_of_chapter = end_of_chapter.or(folded.end_of_chapter);
        }
        Ok(folded)
    }

    /// Takes in what was recorded since. When it fails, the aggregate is at some version on the way.
    pub(super) async fn catch_up(&self, loaded: &mut Loaded<A>) -> Result<(), LoadError> {
        let stream = A::stream(loaded.root.id()).map_err(LoadError::Invalid)?;
        let mut folding = Folding::new(loaded, &stream, StreamVersion::MAX, detail::<A>());
        folding.take_rest(&self.cqrs).await
    }
}
