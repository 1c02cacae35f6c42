//! What users derive for their events.

use serde::{Deserialize, Serialize};

use super::codec;
use super::error::{DecodeError, EncodeError};
use super::parts::Parts;
use super::registry::EventDescription;
use super::shape::{Remedy, Shape};
use super::stored::StoredEvent;
use super::upcast::Upcaster;
use crate::words::error::InvalidWord;
use crate::words::event::{EventName, RecordedEvent, SchemaVersion};
use crate::words::filter::{Filter, FilterItem};
use crate::words::payload::Payload;
use crate::words::tag::Tag;

/// One kind of event, as a struct of its own. Derived.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "this type is not an event",
    note = "write `#[derive(Event, Serialize, Deserialize)]` and `#[event(name = \"…\")]` on `{Self}`"
)]
pub trait Event: Serialize + for<'de> Deserialize<'de> + Send + Sync + 'static {
    /// The durable name. Never change it once an event is recorded.
    const NAME: EventName;

    /// The version of the shape that this code writes.
    const SCHEMA_VERSION: SchemaVersion = SchemaVersion::FIRST;

    /// The path of the Rust type, for messages.
    const RUST_TYPE: &'static str;

    /// The names that it had before: events of these names are read as this one, version by version.
    const ALIASES: &'static [EventName] = &[];

    /// What reads older events as this one, or as several of which this is one.
    const UPCASTERS: &'static [Upcaster] = &[];

    /// The version before, where the code has a type for it.
    const PREVIOUS: Option<fn() -> EventDescription> = None;

    /// What its JSON looks like.
    #[must_use]
    fn shape() -> Shape {
        Shape::unknown(Self::RUST_TYPE, Remedy::Describe)
    }

    /// What the event is about, besides its stream.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`] when a value breaks the rule of [`Tag`].
    fn tags(&self) -> Result<Vec<Tag>, InvalidWord> {
        Ok(Vec::new())
    }

    /// Reads an event of an older version, which no upcaster has read: by the chain of types.
    ///
    /// # Errors
    ///
    /// [`DecodeError::PastSchemaVersion`] when the chain does not go back so far, [`DecodeError::Payload`] when the payload
    /// does not have the shape of its version.
    fn decode_older(stored: StoredEvent<'_>) -> Result<Self, DecodeError> {
        Err(DecodeError::past(stored, Self::SCHEMA_VERSION))
    }

    /// Gives the event the form in which it is recorded: that of this version, or of the previous one while it is still
    /// written.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] when the payload has no JSON form, a tag's value is no tag, or the previous version can't say all.
    fn encode_event(&self) -> Result<EncodedEvent, EncodeError> {
        codec::encode_event(self)
    }
}

/// Several kinds of events as one type: what an aggregate records, or what a reader reads. Derived.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of events",
    label = "this type is not a set of events",
    note = "write `#[derive(EventSet, Serialize, Deserialize)]` on the enum `{Self}`, with `#[event(name = \"…\")]` on each variant, or let `#[aggregate(events(…))]` generate the enum"
)]
pub trait EventSet: Sized + Send + Sync + 'static {
    /// Each kind of event in the set, in the order of the declaration.
    const EVENTS: &'static [EventDescription];

    /// Gives the event its durable form.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] when the payload has no JSON form or a tag's value is no tag.
    fn encode(&self) -> Result<EncodedEvent, EncodeError>;

    /// Gives the event the form of today's code, also while its previous version is still written: for exports of decoded
    /// events. Nothing is recorded in this form.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] when the payload has no JSON form or a tag's value is no tag.
    fn encode_today(&self) -> Result<EncodedEvent, EncodeError> {
        self.encode()
    }

    /// Reads an event of the set, of any version that the chains of types cover; `None` when its name is not in the set.
    /// Upcasters have run before: users call [`decode`](Self::decode).
    ///
    /// # Errors
    ///
    /// [`DecodeError`] names the event and what is wrong with it.
    fn decode_one(stored: StoredEvent<'_>) -> Result<Option<Self>, DecodeError>;

    /// Reads a recorded event, all of it: for those who must understand every event that they get, as an aggregate.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] names the event and what is wrong with it. [`DecodeError::UnknownName`] when it, or a part of it, is
    /// not in the set.
    fn decode(recorded: &RecordedEvent) -> Result<Parts<Self>, DecodeError> {
        codec::decode_set(recorded, |stored| {
            Err(codec::unknown_name(stored, Self::EVENTS))
        })
    }

    /// Reads as much of a recorded event as is in the set: for those who ask for some events, as a projection.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] names the event and what is wrong with it.
    fn decode_known(recorded: &RecordedEvent) -> Result<Parts<Self>, DecodeError> {
        codec::decode_set(recorded, |_| Ok(()))
    }

    /// The names that events of the set have in the log: those of today, those that they had before, and those of events
    /// that upcasters make them of. Each once.
    #[must_use]
    fn names() -> Vec<EventName> {
        let mut names: Vec<EventName> = Vec::with_capacity(Self::EVENTS.len());
        for event in Self::EVENTS {
            let of_old = event.upcasters.iter().map(Upcaster::name);
            for name in event.names().chain(of_old) {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        names
    }

    /// What the events of the set are among all events of the log.
    #[must_use]
    fn filter() -> Filter {
        Self::names()
            .into_iter()
            .fold(FilterItem::new(), FilterItem::name)
            .into()
    }
}

/// An event in its durable form, before it gets an id and metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EncodedEvent {
    /// What kind of event it is.
    pub name: EventName,
    /// The version of the payload's shape.
    pub schema_version: SchemaVersion,
    /// What happened.
    pub payload: Payload,
    /// What it is about, besides its stream.
    pub tags: Vec<Tag>,
}

impl EncodedEvent {
    /// Puts the parts together.
    #[must_use]
    pub const fn new(
        name: EventName,
        schema_version: SchemaVersion,
        payload: Payload,
        tags: Vec<Tag>,
    ) -> Self {
        Self {
            name,
            schema_version,
            payload,
            tags,
        }
    }
}
