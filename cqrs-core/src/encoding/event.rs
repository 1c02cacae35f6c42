//! What users derive for their events.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{DecodeError, EncodeError};
use super::registry::EventDescription;
use crate::words::error::InvalidWord;
use crate::words::event::{EventName, RecordedEvent, SchemaVersion};
use crate::words::payload::Payload;
use crate::words::tag::Tag;

/// One kind of event, as a struct of its own. Derived.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "this type is not an event",
    note = "write `#[derive(Event, Serialize, Deserialize)]` and `#[event(name = \"…\")]` on `{Self}`"
)]
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The durable name. Never change it once an event is recorded.
    const NAME: EventName;

    /// The version of the shape that this code writes.
    const SCHEMA_VERSION: SchemaVersion = SchemaVersion::FIRST;

    /// The path of the Rust type, for messages.
    const RUST_TYPE: &'static str;

    /// What the event is about, besides its stream.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`] when a value breaks the rule of [`Tag`].
    fn tags(&self) -> Result<Vec<Tag>, InvalidWord> {
        Ok(Vec::new())
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

    /// Reads an event back.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] names the event and what is wrong with it.
    fn decode(recorded: &RecordedEvent) -> Result<Self, DecodeError>;
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
