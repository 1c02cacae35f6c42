//! The root of an aggregate while it decides.

use std::ops::Deref;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::aggregate::Aggregate;
use super::event_of::EventOf;
use crate::encoding::error::DecodeError;
use crate::encoding::event::EventSet;
use crate::encoding::stored::StoredEvent;
use crate::words::clock::{Clock, IdSource};
use crate::words::event::RecordedEvent;
use crate::words::position::Position;
use crate::words::version::StreamVersion;

/// An aggregate at one version, and the events that it emits from there.
///
/// It reads as the state (through `Deref`), and changes only by [`emit`](Root::emit), which applies the event at once:
/// later lines see what earlier lines decided, and no event can be applied twice.
#[derive(Debug)]
pub struct Root<A: Aggregate> {
    id: A::Id,
    state: A,
    loaded_version: StreamVersion,
    position: Position,
    emitted: Vec<A::Event>,
    now: DateTime<Utc>,
    ids: Arc<dyn IdSource>,
}

impl<A: Aggregate> Root<A> {
    /// An aggregate without events, about to decide now.
    #[must_use]
    pub fn new(id: A::Id, clock: &dyn Clock, ids: Arc<dyn IdSource>) -> Self {
        Self {
            id,
            state: A::default(),
            loaded_version: StreamVersion::NONE,
            position: Position::START,
            emitted: Vec::new(),
            now: clock.now(),
            ids,
        }
    }

    /// An aggregate that has come to this state and version, about to decide at the time of this clock.
    #[must_use]
    pub fn at(
        id: A::Id,
        clock: &dyn Clock,
        ids: Arc<dyn IdSource>,
        state: A,
        version: StreamVersion,
        position: Position,
    ) -> Self {
        Self {
            state,
            loaded_version: version,
            position,
            ..Self::new(id, clock, ids)
        }
    }

    /// Takes a recorded event into the state, as the next of the stream.
    pub fn replay(&mut self, event: &A::Event, version: StreamVersion, position: Position) {
        self.state.apply_event(event);
        self.pass(version, position);
    }

    /// Takes note of a recorded event that means nothing any more: the stream is one version further all the same.
    pub fn pass(&mut self, version: StreamVersion, position: Position) {
        self.loaded_version = version;
        self.position = position;
    }

    /// Takes a recorded event into the state as today's code reads it: as one event, or as none or several.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when today's code can't read it. The state is as it was then.
    pub fn replay_recorded(&mut self, recorded: &RecordedEvent) -> Result<(), DecodeError> {
        self.replay_each(recorded, |_| {})
    }

    /// The same, and shows each of the events.
    pub(crate) fn replay_each(
        &mut self,
        recorded: &RecordedEvent,
        mut see: impl FnMut(&A::Event),
    ) -> Result<(), DecodeError> {
        for (_, event) in A::Event::decode(recorded)? {
            self.state.apply_event(&event);
            see(&event);
        }
        self.pass(recorded.version, recorded.position);
        Ok(())
    }

    /// Takes in an event that was read for folding only. `false`, with the state as it was: it can't be read like that, and
    /// perhaps it can as a whole.
    pub(crate) fn replay_bare(
        &mut self,
        stored: StoredEvent<'_>,
        version: StreamVersion,
        position: Position,
        see: impl FnOnce(&A::Event),
    ) -> bool {
        let Ok(Some(event)) = A::Event::decode_one(stored) else {
            return false;
        };
        self.replay(&event, version, position);
        see(&event);
        true
    }

    /// Another decision begins, on what is in memory.
    pub(crate) fn begin(&mut self, clock: &dyn Clock) {
        self.now = clock.now();
    }

    /// A copy, if the state can be copied, with nothing emitted.
    pub(crate) fn copied(&self) -> Option<Self> {
        Some(Self {
            state: self.state.copied()?,
            id: self.id.clone(),
            loaded_version: self.loaded_version,
            position: self.position,
            emitted: Vec::new(),
            now: self.now,
            ids: Arc::clone(&self.ids),
        })
    }

    /// What was emitted is on its way to the log: the next decision begins after it.
    pub(crate) fn settle(&mut self) {
        self.loaded_version = self.version();
        self.emitted.clear();
    }

    /// Everything up to this version is recorded, and nothing after this position.
    pub(crate) const fn recorded_at(&mut self, position: Position) {
        self.position = position;
    }

    /// Says that this happens now. The state has it at once; the log has it when the command is done.
    pub fn emit(&mut self, event: impl EventOf<A>) {
        let event = event.into_event();
        self.state.apply_event(&event);
        self.emitted.push(event);
    }

    /// Which aggregate it is.
    #[must_use]
    pub const fn id(&self) -> &A::Id {
        &self.id
    }

    /// Whether it has any event, recorded or emitted just now.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.version() != StreamVersion::NONE
    }

    /// The version that the stream will have with what was emitted.
    #[must_use]
    pub fn version(&self) -> StreamVersion {
        self.loaded_version.after(self.emitted.len())
    }

    /// The version that the stream had when the decision began.
    #[must_use]
    pub const fn loaded_version(&self) -> StreamVersion {
        self.loaded_version
    }

    /// The position of the last event that the decision has seen.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The time of the decision: the same in all of it, and another one when the command is decided again.
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// An id that nobody has had before.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        self.ids.new_id()
    }

    /// What was emitted so far.
    #[must_use]
    pub fn emitted(&self) -> &[A::Event] {
        &self.emitted
    }

    /// The state alone.
    #[must_use]
    pub fn into_state(self) -> A {
        self.state
    }
}

impl<A: Aggregate> Deref for Root<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.state
    }
}
