//! The events that a program knows, by name.

use std::collections::BTreeMap;

use super::event::EventSet;
use crate::words::event::{EventName, SchemaVersion};

/// One kind of event, as the code declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventDescription {
    /// The durable name.
    pub name: EventName,
    /// The version of the shape that the code writes.
    pub schema_version: SchemaVersion,
    /// The path of the Rust type, for messages.
    pub rust_type: &'static str,
}

impl EventDescription {
    /// Puts the parts together.
    #[must_use]
    pub const fn new(
        name: EventName,
        schema_version: SchemaVersion,
        rust_type: &'static str,
    ) -> Self {
        Self {
            name,
            schema_version,
            rust_type,
        }
    }
}

/// The events that a program knows, by name. Each name belongs to one Rust type.
#[derive(Clone, Debug, Default)]
pub struct EventRegistry {
    events: BTreeMap<EventName, EventDescription>,
}

/// Two types claim the same event name, so that what is recorded by one would be read as the other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "event name {name} is declared by both {first} and {second}: give one of them another name"
)]
pub struct NameTaken {
    /// The name.
    pub name: EventName,
    /// The type that had it first.
    pub first: &'static str,
    /// The type that claims it too.
    pub second: &'static str,
}

impl EventRegistry {
    /// No events.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            events: BTreeMap::new(),
        }
    }

    /// Adds the events of a set. Adding one again changes nothing.
    ///
    /// # Errors
    ///
    /// [`NameTaken`] when another type has the name of one of them.
    pub fn register<E: EventSet>(&mut self) -> Result<(), NameTaken> {
        for event in E::EVENTS {
            match self.events.get(&event.name) {
                Some(first) if first.rust_type != event.rust_type => {
                    return Err(NameTaken {
                        name: event.name.clone(),
                        first: first.rust_type,
                        second: event.rust_type,
                    });
                }
                Some(_) => {}
                None => {
                    self.events.insert(event.name.clone(), event.clone());
                }
            }
        }
        Ok(())
    }

    /// The event of this name.
    #[must_use]
    pub fn get(&self, name: &EventName) -> Option<&EventDescription> {
        self.events.get(name)
    }

    /// All events, ordered by name.
    #[must_use]
    pub fn events(&self) -> impl ExactSizeIterator<Item = &EventDescription> {
        self.events.values()
    }
}
