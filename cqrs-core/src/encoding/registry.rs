//! The events that a program knows, by name.

use std::collections::BTreeMap;

use super::event::{Event, EventSet};
use super::shape::{Remedy, Shape};
use super::upcast::Upcaster;
use crate::words::event::{EventName, SchemaVersion};

/// One kind of event, as the code declares it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EventDescription {
    /// The durable name.
    pub name: EventName,
    /// The version of the shape that the code writes.
    pub schema_version: SchemaVersion,
    /// The path of the Rust type, for messages.
    pub rust_type: &'static str,
    /// The names that it had before.
    pub aliases: &'static [EventName],
    /// What reads older events as this one, or as several of which this is one.
    pub upcasters: &'static [Upcaster],
    /// What its JSON looks like.
    pub shape: fn() -> Shape,
    /// The version before, where the code has a type for it.
    pub previous: Option<fn() -> EventDescription>,
}

/// Two are equal when they say the same about the log; shapes are not compared.
impl PartialEq for EventDescription {
    fn eq(&self, other: &Self) -> bool {
        let what = |event: &Self| {
            (
                event.name.clone(),
                event.schema_version,
                event.rust_type,
                event.aliases,
                event.upcasters,
            )
        };
        what(self) == what(other)
    }
}

impl Eq for EventDescription {}

fn undescribed() -> Shape {
    Shape::unknown("a hand-written event", Remedy::Describe)
}

impl EventDescription {
    /// An event without a history.
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
            aliases: &[],
            upcasters: &[],
            shape: undescribed,
            previous: None,
        }
    }

    /// What this type says about itself.
    #[must_use]
    pub const fn of<E: Event>() -> Self {
        Self {
            name: E::NAME,
            schema_version: E::SCHEMA_VERSION,
            rust_type: E::RUST_TYPE,
            aliases: E::ALIASES,
            upcasters: E::UPCASTERS,
            shape: E::shape,
            previous: E::PREVIOUS,
        }
    }

    /// The same with what its JSON looks like.
    #[must_use]
    pub const fn with_shape(mut self, shape: fn() -> Shape) -> Self {
        self.shape = shape;
        self
    }

    /// The same with the version before.
    #[must_use]
    pub const fn with_previous(mut self, previous: fn() -> Self) -> Self {
        self.previous = Some(previous);
        self
    }

    /// The same with the names that it had before.
    #[must_use]
    pub const fn with_aliases(mut self, aliases: &'static [EventName]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The same with what reads older events.
    #[must_use]
    pub const fn with_upcasters(mut self, upcasters: &'static [Upcaster]) -> Self {
        self.upcasters = upcasters;
        self
    }

    /// The names that it has, and had.
    pub fn names(&self) -> impl Iterator<Item = &EventName> {
        std::iter::once(&self.name).chain(self.aliases)
    }

    /// Whether a set with these events has upcasters.
    pub(crate) const fn any_upcasters(events: &[Self]) -> bool {
        let mut index = 0;
        while index < events.len() {
            if !events[index].upcasters.is_empty() {
                return true;
            }
            index += 1;
        }
        false
    }
}

/// The events that a program knows, by name. Each name, also one that an event had before, belongs to one Rust type.
#[derive(Clone, Debug, Default)]
pub struct EventRegistry {
    events: BTreeMap<EventName, EventDescription>,
    /// The Rust type of each name, also of those that events had before.
    names: BTreeMap<EventName, &'static str>,
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
            names: BTreeMap::new(),
        }
    }

    /// Adds the events of a set. Adding one again changes nothing.
    ///
    /// # Errors
    ///
    /// [`NameTaken`] when another type has the name of one of them.
    pub fn register<E: EventSet>(&mut self) -> Result<(), NameTaken> {
        for event in E::EVENTS {
            for name in event.names() {
                match self.names.get(name) {
                    Some(first) if *first != event.rust_type => {
                        return Err(NameTaken {
                            name: name.clone(),
                            first,
                            second: event.rust_type,
                        });
                    }
                    _ => {
                        self.names.insert(name.clone(), event.rust_type);
                    }
                }
            }
            self.events.insert(event.name.clone(), event.clone());
        }
        Ok(())
    }

    /// The event that is written under this name.
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
