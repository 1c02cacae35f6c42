//! What an application can decode and fold, with the types forgotten.

use std::collections::HashMap;
use std::sync::Arc;

use super::processor::guarded;
use crate::domain::aggregate::Aggregate;
use crate::encoding::error::{DecodeError, EncodeError};
use crate::encoding::event::{EncodedEvent, EventSet};
use crate::encoding::parts::Parts;
use crate::encoding::registry::EventDescription;
use crate::encoding::upcast::Upcaster;
use crate::words::event::{EventName, RecordedEvent};
use crate::words::part::Part;
use crate::words::stream::Category;

/// What an application can decode and fold.
#[derive(Clone, Default)]
pub(super) struct Known {
    decoders: HashMap<EventName, Vec<Decoder>>,
    aggregates: HashMap<Category, Arc<dyn KnownAggregate>>,
}

/// How one Rust type decodes one kind of event.
#[derive(Clone, Copy)]
struct Decoder {
    rust_type: &'static str,
    decode: fn(&RecordedEvent) -> Result<(), DecodeError>,
    today: fn(&RecordedEvent) -> Today,
}

/// What today's code would have recorded, part by part.
pub(super) type Today = Result<Vec<(Part, EncodedEvent)>, TodayError>;

/// An event that has no form of today.
#[derive(Debug, thiserror::Error)]
pub(super) enum TodayError {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// An aggregate without its type.
pub(super) trait KnownAggregate: Send + Sync {
    /// A state without events.
    fn begin(&self) -> Result<Box<dyn Fold>, String>;

    /// Whether its events decode with it.
    fn decode(&self, recorded: &RecordedEvent) -> Result<(), DecodeError>;

    /// Its events as today's code records them.
    fn today(&self, recorded: &RecordedEvent) -> Today;

    /// Which Rust type it has for this name.
    fn rust_type(&self, name: &EventName) -> Option<&'static str>;
}

/// A state on its way through a stream.
pub(super) trait Fold: Send {
    /// Takes the next event.
    fn step(&mut self, recorded: &RecordedEvent) -> Result<(), Stopped>;
}

/// A fold that can't go on.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The event does not decode.
    Decode(DecodeError),
    /// `apply` panicked with this text.
    Panicked(String),
}

impl Known {
    pub(super) fn add_events<E: EventSet>(&mut self) {
        for event in E::EVENTS {
            for name in names_of(event) {
                let decoders = self.decoders.entry(name.clone()).or_default();
                let rust_type = event.rust_type;
                if decoders.iter().all(|known| known.rust_type != rust_type) {
                    decoders.push(Decoder {
                        rust_type,
                        decode: decode_only::<E>,
                        today: |recorded| today(E::decode_known(recorded)?),
                    });
                }
            }
        }
    }

    pub(super) fn add_aggregate<A: Aggregate>(&mut self) {
        self.add_events::<A::Event>();
        let aggregate = OneAggregate::<A>(std::marker::PhantomData);
        self.aggregates.insert(A::CATEGORY, Arc::new(aggregate));
    }

    /// The aggregate whose streams have this category.
    pub(super) fn aggregate(&self, category: &Category) -> Option<&Arc<dyn KnownAggregate>> {
        self.aggregates.get(category)
    }

    /// What today's code would have recorded: by the aggregate of the stream, or else by whoever reads the name first. `None`
    /// when nobody knows the name.
    pub(super) fn today(&self, recorded: &RecordedEvent) -> Option<Today> {
        let decoders = self.decoders.get(&recorded.name)?;
        let aggregate = self.aggregates.get(recorded.stream.category());
        let own = aggregate.filter(|own| own.rust_type(&recorded.name).is_some());
        match own {
            Some(own) => Some(own.today(recorded)),
            None => decoders.first().map(|first| (first.today)(recorded)),
        }
    }

    /// Decodes an event by each type that has its name, except by the one that was asked already. `None` when nobody knows
    /// the name.
    pub(super) fn decode(
        &self,
        recorded: &RecordedEvent,
        asked: Option<&'static str>,
    ) -> Option<Result<(), DecodeError>> {
        let decoders = self.decoders.get(&recorded.name)?;
        let others = decoders
            .iter()
            .filter(|known| Some(known.rust_type) != asked);
        for known in others {
            if let Err(error) = (known.decode)(recorded) {
                return Some(Err(error));
            }
        }
        Some(Ok(()))
    }
}

/// What today's code makes of a recorded event, part by part.
fn today<E: EventSet>(parts: Parts<E>) -> Today {
    let encoded = parts
        .into_iter()
        .map(|(part, event)| Ok((part, event.encode_today()?)));
    encoded.collect()
}

fn decode_only<E: EventSet>(recorded: &RecordedEvent) -> Result<(), DecodeError> {
    E::decode_known(recorded).map(drop)
}

/// The names in the log that lead to an event: its own, those that it had, and those that upcasters read.
fn names_of(event: &EventDescription) -> impl Iterator<Item = &EventName> {
    event
        .names()
        .chain(event.upcasters.iter().map(Upcaster::name))
}

struct OneAggregate<A>(std::marker::PhantomData<fn() -> A>);

impl<A: Aggregate> KnownAggregate for OneAggregate<A> {
    fn begin(&self) -> Result<Box<dyn Fold>, String> {
        let state = guarded(A::default).map_err(|panic| panic.error)?;
        Ok(Box::new(State(state)))
    }

    fn decode(&self, recorded: &RecordedEvent) -> Result<(), DecodeError> {
        A::Event::decode(recorded).map(drop)
    }

    fn today(&self, recorded: &RecordedEvent) -> Today {
        today(A::Event::decode(recorded)?)
    }

    fn rust_type(&self, name: &EventName) -> Option<&'static str> {
        let mut events = A::Event::EVENTS.iter();
        let event = events.find(|event| names_of(event).any(|known| known == name))?;
        Some(event.rust_type)
    }
}

struct State<A>(A);

impl<A: Aggregate> Fold for State<A> {
    fn step(&mut self, recorded: &RecordedEvent) -> Result<(), Stopped> {
        let parts = A::Event::decode(recorded).map_err(Stopped::Decode)?;
        let parts = parts.into_iter();
        guarded(|| parts.for_each(|(_, event)| self.0.apply_event(&event)))
            .map_err(|panic| Stopped::Panicked(panic.error))
    }
}
