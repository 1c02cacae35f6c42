//! Folds an aggregate while its stream is read.

use std::ops::ControlFlow;

use super::app::Cqrs;
use super::deciders::Loaded;
use super::repository::LoadError;
use crate::domain::aggregate::Aggregate;
use crate::encoding::error::DecodeError;
use crate::encoding::event::EventSet;
use crate::encoding::registry::EventDescription;
use crate::encoding::stored::StoredEvent;
use crate::ports::fold_stream::{Detail, EventToFold, Fold, FoldEnd, StreamFold};
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// An aggregate that takes in its events up to a version.
///
/// Events are read bare, and whole from the first one on that can't be taken in like that: then it is known what is wrong, and
/// with which event.
pub(super) struct Folding<'a, A: Aggregate> {
    pub(super) loaded: &'a mut Loaded<A>,
    stream: &'a StreamId,
    through: StreamVersion,
    detail: Detail,
    /// The version of the last event with which a chapter ends.
    pub(super) end_of_chapter: Option<StreamVersion>,
    broken: Option<Broken>,
}

/// Why no further event is wanted.
enum Broken {
    /// It has to be read whole.
    Bare,
    Undecodable(DecodeError),
}

/// How much an aggregate needs to know of its events. Upcasters may look at everything.
pub(super) const fn detail<A: Aggregate>() -> Detail {
    if const { EventDescription::any_upcasters(<A::Event as EventSet>::EVENTS) } {
        Detail::Whole
    } else {
        Detail::Bare
    }
}

impl<'a, A: Aggregate> Folding<'a, A> {
    pub(super) const fn new(
        loaded: &'a mut Loaded<A>,
        stream: &'a StreamId,
        through: StreamVersion,
        detail: Detail,
    ) -> Self {
        Self {
            loaded,
            stream,
            through,
            detail,
            end_of_chapter: None,
            broken: None,
        }
    }

    /// Takes in all events that come after those that it has.
    pub(super) async fn take_rest(&mut self, cqrs: &Cqrs) -> Result<(), LoadError> {
        loop {
            let before = self.loaded.root.loaded_version();
            if before >= self.through {
                return Ok(());
            }
            let request = StreamFold {
                stream: self.stream.clone(),
                from: before.after(1),
                through: self.through,
                detail: self.detail,
                limit: cqrs.page(),
            };
            let end = cqrs.store().fold_stream(request, self).await;
            let had = self.detail;
            let left = self.left(end.map_err(LoadError::Store)?)?;
            let is_further = self.loaded.root.loaded_version() != before || self.detail != had;
            if left.is_none() || !is_further {
                return Ok(());
            }
        }
    }

    /// How much is to be read of the events that are left, if there are any.
    pub(super) fn left(&mut self, end: FoldEnd) -> Result<Option<Detail>, LoadError> {
        match self.broken.take() {
            Some(Broken::Undecodable(error)) => return Err(LoadError::Decode(error)),
            Some(Broken::Bare) => self.detail = Detail::Whole,
            None if end != FoldEnd::More => return Ok(None),
            None => {}
        }
        Ok(Some(self.detail))
    }

    fn take_in(&mut self, event: EventToFold<'_>) -> Result<(), Broken> {
        let mut ends_chapter = false;
        let see = |event: &A::Event| {
            if let Some(policy) = A::SNAPSHOTS {
                ends_chapter |= policy.ends_chapter(event);
            }
        };
        if let Some(recorded) = event.recorded {
            let taken = self.loaded.take_in(recorded, see);
            taken.map_err(Broken::Undecodable)?;
        } else {
            let place = (self.stream, event.version, event.position);
            let stored = StoredEvent::bare(event.name, event.schema_version, event.payload, place);
            let is_next = event.version == self.loaded.root.loaded_version().after(1);
            if !is_next || !self.loaded.take_in_bare(stored, event, see) {
                return Err(Broken::Bare);
            }
        }
        if ends_chapter {
            self.end_of_chapter = Some(event.version);
        }
        Ok(())
    }
}

impl<A: Aggregate> Fold for Folding<'_, A> {
    fn event(&mut self, event: EventToFold<'_>) -> ControlFlow<()> {
        match self.take_in(event) {
            Ok(()) => ControlFlow::Continue(()),
            Err(broken) => {
                self.broken = Some(broken);
                ControlFlow::Break(())
            }
        }
    }
}
