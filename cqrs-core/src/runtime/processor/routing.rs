//! Which keys events are about: found once for each event, for a page of events in one list.

use std::any::Any;
use std::fmt::{Display, Write};
use std::ops::Range;
use std::sync::Arc;

use super::{ProcessorError, guarded};
use crate::domain::error_policy::FailureKind;
use crate::encoding::event::EventSet;
use crate::words::document_key::DocumentKey;
use crate::words::event::{Recorded, RecordedEvent};
use crate::words::position::Position;

/// A recorded event on its way to a key, with its type forgotten: all parts of it that are about the key. They are handled,
/// fail, are parked and replayed together, since a checkpoint and a parked event are positions.
#[derive(Clone)]
pub(in crate::runtime) struct RoutedEvent {
    pub(in crate::runtime) position: Position,
    /// A `Recorded<E>`.
    first: Part,
    /// The other parts, each a `Recorded<E>`. Nearly always there are none, which takes no memory.
    others: Vec<Part>,
}

type Part = Arc<dyn Any + Send + Sync>;

/// Decoded events for the keys that they are about. An event has a key once, and its keys one after the other.
#[derive(Default)]
pub(in crate::runtime) struct Routed {
    events: Vec<(DocumentKey, RoutedEvent)>,
    /// Where keys are written to.
    text: String,
}

impl RoutedEvent {
    /// The event as its processor knows it, part by part: what that processor has routed.
    pub(super) fn typed<E: 'static>(
        &self,
    ) -> impl Iterator<Item = Result<&Recorded<E>, ProcessorError>> {
        std::iter::once(&self.first)
            .chain(&self.others)
            .map(|part| {
                part.downcast_ref().ok_or_else(|| ProcessorError {
                    kind: FailureKind::Coding,
                    error: "the event was routed by another processor".into(),
                })
            })
    }
}

impl Routed {
    pub(in crate::runtime) fn with_capacity(events: usize) -> Self {
        Self {
            events: Vec::with_capacity(events),
            text: String::new(),
        }
    }

    pub(in crate::runtime) fn len(&self) -> usize {
        self.events.len()
    }

    /// Some of them: an event's are those that were added by it.
    pub(in crate::runtime) fn among(&self, range: Range<usize>) -> &[(DocumentKey, RoutedEvent)] {
        self.events.get(range).unwrap_or_default()
    }

    pub(in crate::runtime) fn into_events(self) -> Vec<(DocumentKey, RoutedEvent)> {
        self.events
    }

    /// Decodes an event, and adds it for each key that the user's code names for its parts. Nothing is added when that fails.
    pub(super) fn add<E: EventSet>(
        &mut self,
        recorded: RecordedEvent,
        keys: impl Fn(&Recorded<E>, &mut Keys<'_>),
    ) -> Result<(), ProcessorError> {
        let first = self.events.len();
        let added = self.add_parts(first, recorded, keys);
        if added.is_err() {
            self.events.truncate(first);
        }
        added
    }

    fn add_parts<E: EventSet>(
        &mut self,
        first: usize,
        recorded: RecordedEvent,
        keys: impl Fn(&Recorded<E>, &mut Keys<'_>),
    ) -> Result<(), ProcessorError> {
        let parts = E::decode_known(&recorded).map_err(|error| ProcessorError::coding(&error))?;
        for recorded in parts.recorded(recorded) {
            let recorded = Arc::new(recorded);
            let mut found = Keys {
                routed: self,
                first,
                position: recorded.position,
                of_stream: DocumentKey::from(recorded.stream.key()),
                part: Arc::clone(&recorded) as Part,
                failed: None,
            };
            guarded(|| keys(&recorded, &mut found))?;
            if let Some(failed) = found.failed {
                return Err(failed);
            }
        }
        Ok(())
    }
}

/// Takes the keys that a part of an event is about.
pub(super) struct Keys<'a> {
    routed: &'a mut Routed,
    /// Where the keys of the whole event begin.
    first: usize,
    position: Position,
    /// The key of its stream, which is what most events are about.
    of_stream: DocumentKey,
    part: Part,
    failed: Option<ProcessorError>,
}

impl Keys<'_> {
    /// A key that is given twice has the part once.
    pub(super) fn add(&mut self, key: &impl Display) {
        if self.failed.is_none()
            && let Err(failed) = self.try_add(key)
        {
            self.failed = Some(failed);
        }
    }

    fn try_add(&mut self, key: &impl Display) -> Result<(), ProcessorError> {
        let Routed { events, text } = &mut *self.routed;
        text.clear();
        write!(text, "{key}").map_err(|error| ProcessorError::coding(&error))?;
        let of_event = events.get_mut(self.first..).unwrap_or_default();
        if let Some((_, event)) = of_event
            .iter_mut()
            .find(|(known, _)| known.as_str() == *text)
        {
            let last = event.others.last().unwrap_or(&event.first);
            if !Arc::ptr_eq(last, &self.part) {
                event.others.push(Arc::clone(&self.part));
            }
            return Ok(());
        }
        // Texts are shared where they are the same, one after the other.
        let key = if self.of_stream.as_str() == *text {
            self.of_stream.clone()
        } else {
            match events.last() {
                Some((last, _)) if last.as_str() == *text => last.clone(),
                _ => DocumentKey::new(text.as_str())
                    .map_err(|error| ProcessorError::coding(&error))?,
            }
        };
        let event = RoutedEvent {
            position: self.position,
            first: Arc::clone(&self.part),
            others: Vec::new(),
        };
        events.push((key, event));
        Ok(())
    }
}
