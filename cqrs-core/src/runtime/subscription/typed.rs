//! A subscription to events with their type.

use super::{Delivery, Subscription};
use crate::encoding::event::EventSet;
use crate::encoding::parts::RecordedParts;
use crate::ports::store::SharedStore;
use crate::runtime::events::ReadError;
use crate::words::event::Recorded;
use crate::words::position::Position;

/// Follows what a set of events knows, decoded with today's code: old versions and old names, and the parts of events that are
/// read as several, one after the other.
///
/// # Guarantees
///
/// Those of [`Subscription`].
#[derive(Debug)]
pub struct TypedSubscription<E> {
    recorded: Subscription,
    /// What is left of a recorded event that is read as several.
    parts: Option<RecordedParts<E>>,
    /// The position of the event that is being delivered.
    current: Position,
    done: Position,
}

impl<E: EventSet> TypedSubscription<E> {
    /// Follows the set after a position; [`Position::START`] for all.
    #[must_use]
    pub fn new(store: SharedStore, after: Position) -> Self {
        Self {
            recorded: Subscription::new(store, after, E::filter()),
            parts: None,
            current: after,
            done: after,
        }
    }

    /// Reads pages of at most so many events, at least 1; 500 where nothing is said.
    #[must_use]
    pub fn page(mut self, events: usize) -> Self {
        self.recorded = self.recorded.page(events);
        self
    }

    /// From where a subscription goes on that begins after what was delivered: behind the last event of which all parts that the set has
    /// were delivered. Who keeps the position of an event itself may lose its other parts.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.done
    }

    /// The next delivery; waits for one. Can be dropped at any time: nothing is lost, and nothing comes twice.
    ///
    /// # Errors
    ///
    /// - [`ReadError::Decode`]: the event is passed over if the caller goes on.
    /// - [`ReadError::Store`]: call again to go on from the same place.
    pub async fn next(&mut self) -> Result<Delivery<Recorded<E>>, ReadError> {
        loop {
            if let Some(parts) = &mut self.parts {
                let next = parts.next();
                if parts.len() == 0 {
                    self.parts = None;
                    self.done = self.current;
                }
                if let Some(event) = next {
                    return Ok(Delivery::Event(Box::new(event)));
                }
            }
            match self.recorded.next().await.map_err(ReadError::Store)? {
                Delivery::Event(recorded) => {
                    self.current = recorded.position;
                    match E::decode_known(&recorded) {
                        Ok(parts) => self.parts = Some(parts.recorded(*recorded)),
                        Err(error) => {
                            self.done = self.current;
                            return Err(ReadError::Decode(error));
                        }
                    }
                }
                Delivery::CaughtUp(position) => {
                    self.done = position;
                    return Ok(Delivery::CaughtUp(position));
                }
            }
        }
    }
}
