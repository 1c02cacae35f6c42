//! An event: what it is called, how it is identified, and what surrounds it before and after it is recorded.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::InvalidWord;
use super::metadata::Metadata;
use super::part::Part;
use super::payload::Payload;
use super::position::Position;
use super::stream::StreamId;
use super::tag::Tag;
use super::text::{rule, static_word, word};
use super::version::StreamVersion;

word! {
    /// The durable name of a kind of event, for instance `account.opened`.
    ///
    /// It is written with every event and never derived from a Rust name, so that code can be renamed.
    ///
    /// Rule: 1 to 128 ASCII letters, digits, `.`, `_` and `-`, beginning with a letter.
    EventName, "event name", check = check_event_name
}
static_word!(EventName, "event name", check = check_event_name);

impl EventName {
    /// Whether both are the same name and stand in the code. For the derive macros, which compare names in a `const`.
    #[doc(hidden)]
    #[must_use]
    pub const fn is_also(&self, other: &Self) -> bool {
        self.0.is_also(&other.0)
    }

    /// Whether it is one of these, and all stand in the code. For the derive macros, as [`is_also`](Self::is_also).
    #[doc(hidden)]
    #[must_use]
    pub const fn is_one_of(&self, names: &[Self]) -> bool {
        let mut index = 0;
        while index < names.len() {
            if self.is_also(&names[index]) {
                return true;
            }
            index += 1;
        }
        false
    }
}

const fn check_event_name(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some(rule::EMPTY)
    } else if text.len() > 128 {
        Some("it must have at most 128 characters")
    } else if !rule::is_name(text, b"._-") {
        Some("it must begin with a letter and have only ASCII letters, digits, `.`, `_` and `-`")
    } else {
        None
    }
}

/// Identifies one event for ever. Appending the same id again is how a lost reply is made harmless (promise A4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(Uuid);

impl EventId {
    /// A new id, ordered by time (UUID version 7).
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "each call gives another id, which no one expects of a default"
    )]
    pub fn new() -> Self {
        Self(super::clock::new_id())
    }

    /// The id as a UUID.
    #[must_use]
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for EventId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl std::fmt::Display for EventId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The version of an event's shape: 1, 2, 3 ….
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct SchemaVersion(u32);

impl SchemaVersion {
    /// The first shape of an event.
    pub const FIRST: Self = Self(1);

    /// The greatest schema version: what the databases' 32-bit integers hold.
    pub const MAX: Self = Self(i32::MAX.unsigned_abs());

    /// The schema version with this number.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`] when the number is 0 or greater than [`SchemaVersion::MAX`].
    pub fn new(number: u32) -> Result<Self, InvalidWord> {
        if number == 0 || number > Self::MAX.0 {
            return Err(InvalidWord::new(
                "schema version",
                &number.to_string(),
                "it must be from 1 to 2,147,483,647",
            ));
        }
        Ok(Self(number))
    }

    /// A schema version that stands in the code.
    ///
    /// # Panics
    ///
    /// When the number is out of range. In a `const` that is an error of the compiler.
    #[must_use]
    pub const fn from_static(number: u32) -> Self {
        assert!(
            number > 0 && number <= Self::MAX.0,
            "a schema version is from 1 to 2,147,483,647"
        );
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for SchemaVersion {
    type Error = InvalidWord;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        Self::new(number)
    }
}

impl From<SchemaVersion> for u32 {
    fn from(version: SchemaVersion) -> Self {
        version.0
    }
}

impl std::fmt::Display for SchemaVersion {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// An event that is ready to be recorded: encoded, named and identified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewEvent {
    /// Identifies the event. Appending it again changes nothing (promise A4).
    pub event_id: EventId,
    /// What kind of event it is.
    pub name: EventName,
    /// The version of the payload's shape.
    pub schema_version: SchemaVersion,
    /// What happened, as JSON.
    pub payload: Payload,
    /// Why and on whose behalf it happened. Shared by the events of one command.
    pub metadata: Arc<Metadata>,
    /// What the event is about, besides its stream: sorted, each once.
    pub tags: Vec<Tag>,
}

impl NewEvent {
    /// An event with a new id, the first schema version, no metadata and no tags.
    #[must_use]
    pub fn new(name: EventName, payload: Payload) -> Self {
        Self::identified(EventId::new(), name, payload)
    }

    /// An event with this id, the first schema version, no metadata and no tags.
    #[must_use]
    pub fn identified(event_id: EventId, name: EventName, payload: Payload) -> Self {
        Self::explained(event_id, name, payload, Metadata::none())
    }

    /// An event with this id and this metadata, the first schema version and no tags. For the authors of stores: what events without
    /// metadata share is best shared within a page, since all threads count the users of what the whole program shares.
    #[must_use]
    pub const fn explained(
        event_id: EventId,
        name: EventName,
        payload: Payload,
        metadata: Arc<Metadata>,
    ) -> Self {
        Self {
            event_id,
            name,
            schema_version: SchemaVersion::FIRST,
            payload,
            metadata,
            tags: Vec::new(),
        }
    }

    /// The same event under this id.
    #[must_use]
    pub fn with_event_id(mut self, event_id: EventId) -> Self {
        self.event_id = event_id;
        self
    }

    /// The same event with this schema version.
    #[must_use]
    pub fn with_schema_version(mut self, schema_version: SchemaVersion) -> Self {
        self.schema_version = schema_version;
        self
    }

    /// The same event with this metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: impl Into<Arc<Metadata>>) -> Self {
        self.metadata = metadata.into();
        self
    }

    /// The same event with these tags: sorted, each once.
    #[must_use]
    pub fn with_tags(mut self, tags: impl IntoIterator<Item = Tag>) -> Self {
        self.tags = tags.into_iter().collect();
        self.tags.sort_unstable();
        self.tags.dedup();
        self
    }

    /// The event as a store returns it once it has its place. For the authors of stores.
    #[must_use]
    pub fn recorded(
        self,
        stream: StreamId,
        version: StreamVersion,
        position: Position,
        recorded_at: DateTime<Utc>,
    ) -> RecordedEvent {
        RecordedEvent {
            event_id: self.event_id,
            stream,
            version,
            position,
            name: self.name,
            schema_version: self.schema_version,
            payload: self.payload,
            metadata: self.metadata,
            tags: self.tags,
            recorded_at,
        }
    }
}

/// An event of the log, still encoded. It never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedEvent {
    /// Identifies the event.
    pub event_id: EventId,
    /// The stream that it belongs to.
    pub stream: StreamId,
    /// Its place in the stream: 1, 2, 3 … without gaps.
    pub version: StreamVersion,
    /// Its place in the whole log: rising, with gaps.
    pub position: Position,
    /// What kind of event it is.
    pub name: EventName,
    /// The version of the payload's shape.
    pub schema_version: SchemaVersion,
    /// What happened, as JSON, just as it was given.
    pub payload: Payload,
    /// Why and on whose behalf it happened.
    pub metadata: Arc<Metadata>,
    /// What the event is about, besides its stream: sorted, each once.
    pub tags: Vec<Tag>,
    /// When the store recorded it, by the store's clock, in whole microseconds. For order, use the position.
    pub recorded_at: DateTime<Utc>,
}

/// A recorded event, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded<E> {
    /// What happened.
    pub event: E,
    /// Identifies the event.
    pub event_id: EventId,
    /// The stream that it belongs to.
    pub stream: StreamId,
    /// Its place in the stream.
    pub version: StreamVersion,
    /// Its place in the whole log.
    pub position: Position,
    /// Why and on whose behalf it happened.
    pub metadata: Arc<Metadata>,
    /// When the store recorded it.
    pub recorded_at: DateTime<Utc>,
    /// Which part of the recorded event it is, where an upcaster made several events of one.
    pub part: Part,
}

impl<E> Recorded<E> {
    /// Puts the decoded event into the place of the encoded one, as the whole of it.
    #[must_use]
    pub fn new(event: E, recorded: RecordedEvent) -> Self {
        Self {
            event,
            event_id: recorded.event_id,
            stream: recorded.stream,
            version: recorded.version,
            position: recorded.position,
            metadata: recorded.metadata,
            recorded_at: recorded.recorded_at,
            part: Part::WHOLE,
        }
    }

    /// The same event as this part of what was recorded.
    #[must_use]
    pub fn with_part(mut self, part: Part) -> Self {
        self.part = part;
        self
    }

    /// The id of the aggregate that recorded it: the key of its stream, read as an id; `None` when it is none.
    #[must_use]
    pub fn id<I: std::str::FromStr>(&self) -> Option<I> {
        self.stream.key().as_str().parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{EventName, SchemaVersion};

    #[test]
    fn takes_names_of_letters_digits_and_separators() {
        for name in ["a", "account.opened", "Account-Opened_2", &"a".repeat(128)] {
            assert_eq!(EventName::new(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn refuses_names_that_are_empty_long_or_hostile() {
        for name in [
            "",
            ".a",
            "1a",
            "a b",
            "a\0",
            "ä",
            "a;drop table",
            &"a".repeat(129),
        ] {
            assert!(EventName::new(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn schema_versions_begin_at_one_and_fit_the_databases_integers() {
        assert!(SchemaVersion::new(0).is_err());
        assert!(SchemaVersion::new(u32::MAX).is_err());
        assert_eq!(
            SchemaVersion::new(i32::MAX.unsigned_abs()),
            Ok(SchemaVersion::MAX)
        );
    }
}
