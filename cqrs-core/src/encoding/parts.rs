//! What one recorded event is read as: one event nearly always, none or several where an upcaster says so.

use std::vec;

use crate::words::event::{Recorded, RecordedEvent};
use crate::words::part::Part;

/// What one recorded event is read as: one event nearly always, none or several where an upcaster says so. One takes no
/// memory of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts<E>(Content<E>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content<E> {
    One(E),
    Several(Vec<(Part, E)>),
}

impl<E> Parts<E> {
    /// The event as it is.
    #[must_use]
    pub const fn one(event: E) -> Self {
        Self(Content::One(event))
    }

    /// Nothing: the recorded event has no meaning any more.
    #[must_use]
    pub const fn none() -> Self {
        Self(Content::Several(Vec::new()))
    }

    /// Several, in order.
    #[must_use]
    pub const fn several(parts: Vec<(Part, E)>) -> Self {
        Self(Content::Several(parts))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Content::One(_) => 1,
            Content::Several(parts) => parts.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The event, if there is one and no more.
    #[must_use]
    pub fn into_one(self) -> Option<E> {
        match self.0 {
            Content::One(event) => Some(event),
            Content::Several(mut parts) => {
                let (_, event) = parts.pop()?;
                parts.is_empty().then_some(event)
            }
        }
    }

    /// Each with the place of the recorded event.
    pub fn recorded(self, recorded: RecordedEvent) -> RecordedParts<E> {
        RecordedParts {
            parts: self.into_iter(),
            recorded: Some(recorded),
        }
    }
}

impl<E> IntoIterator for Parts<E> {
    type Item = (Part, E);
    type IntoIter = IntoParts<E>;

    fn into_iter(self) -> IntoParts<E> {
        let (one, several) = match self.0 {
            Content::One(event) => (Some((Part::WHOLE, event)), Vec::new()),
            Content::Several(parts) => (None, parts),
        };
        IntoParts {
            one,
            several: several.into_iter(),
        }
    }
}

/// The parts, one after the other.
#[derive(Debug)]
pub struct IntoParts<E> {
    one: Option<(Part, E)>,
    several: vec::IntoIter<(Part, E)>,
}

impl<E> Iterator for IntoParts<E> {
    type Item = (Part, E);

    fn next(&mut self) -> Option<(Part, E)> {
        self.one.take().or_else(|| self.several.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::from(self.one.is_some()) + self.several.len();
        (left, Some(left))
    }
}

impl<E> ExactSizeIterator for IntoParts<E> {}

/// The parts with the place of the recorded event, one after the other.
#[derive(Debug)]
pub struct RecordedParts<E> {
    parts: IntoParts<E>,
    recorded: Option<RecordedEvent>,
}

impl<E> Iterator for RecordedParts<E> {
    type Item = Recorded<E>;

    fn next(&mut self) -> Option<Recorded<E>> {
        let (part, event) = self.parts.next()?;
        // The last part takes the place over, so that one part copies nothing.
        let recorded = if self.parts.len() == 0 {
            self.recorded.take()
        } else {
            self.recorded.clone()
        }?;
        Some(Recorded::new(event, recorded).with_part(part))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.parts.size_hint()
    }
}

impl<E> ExactSizeIterator for RecordedParts<E> {}
