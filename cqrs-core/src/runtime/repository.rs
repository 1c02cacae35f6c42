//! Aggregates as they are recorded.

use std::marker::PhantomData;
use std::time::Instant;

use super::app::Cqrs;
use super::command_error::CommandError;
use super::events::Events;
use super::snapshots;
use crate::domain::aggregate::Aggregate;
use crate::domain::root::Root;
use crate::encoding::error::DecodeError;
use crate::ports::error::StoreError;
use crate::ports::read_stream::StreamRead;
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
        let began = Instant::now();
        let root = self.fold(id, StreamVersion::MAX).await?;
        let is_slow = A::SNAPSHOTS.is_some_and(|policy| policy.is_slow(began.elapsed()));
        if is_slow && root.exists() {
            self.cqrs.begin_snapshot::<A>(id, root.loaded_version());
        }
        Ok(root)
    }

    /// The aggregate as it was at this version.
    ///
    /// # Errors
    ///
    /// [`LoadError::VersionNotReached`] when the stream is shorter, and what [`load`](Self::load) gives.
    pub async fn load_at(&self, id: &A::Id, version: StreamVersion) -> Result<Root<A>, LoadError> {
        let root = self.fold(id, version).await?;
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

    /// Folds the events up to this version. It begins at the snapshot, if there is one that can be used.
    pub(super) async fn fold(
        &self,
        id: &A::Id,
        through: StreamVersion,
    ) -> Result<Root<A>, LoadError> {
        let stream = A::stream(id).map_err(LoadError::Invalid)?;
        let snapshot = snapshots::begin::<A>(&self.cqrs, id, &stream, through).await;
        // The event of its version is read again: where the log has another one there, or none, it is not of this log.
        let mut is_checked = snapshot.is_none();
        let mut root = snapshot.unwrap_or_else(|| self.cqrs.new_root::<A>(id.clone()));
        loop {
            let from = if is_checked {
                root.version().after(1)
            } else {
                root.version()
            };
            let left =
                (through.get() - root.version().get()).saturating_add(u64::from(!is_checked));
            let limit = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(self.cqrs.page());
            if limit == 0 {
                return Ok(root);
            }
            let request = StreamRead::forward(stream.clone()).from(from).limit(limit);
            let page = self
                .cqrs
                .store()
                .read_stream(request)
                .await
                .map_err(LoadError::Store)?;
            let mut recorded = page.events.iter();
            if !is_checked {
                is_checked = true;
                let is_there = recorded.next().is_some_and(|event| {
                    event.version == root.version() && event.position == root.position()
                });
                if !is_there {
                    let why = "the log has no such event at its version and position";
                    snapshots::ignored(&stream, "not of this log", &why);
                    root = self.cqrs.new_root::<A>(id.clone());
                    continue;
                }
            }
            for recorded in recorded {
                root.replay_recorded(recorded).map_err(LoadError::Decode)?;
            }
            if page.is_last || page.events.is_empty() {
                return Ok(root);
            }
        }
    }
}
