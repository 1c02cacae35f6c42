//! What the code says about its events.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::DateTime;
use cqrs_core::encoding::error::DecodeError;
use cqrs_core::encoding::event::EventSet;
use cqrs_core::encoding::registry::EventDescription;
use cqrs_core::encoding::shape::Remedy;
use cqrs_core::words::event::{EventName, NewEvent, RecordedEvent, SchemaVersion};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::StreamVersion;

use super::file::{Entry, Key};

/// A set of events, with its type forgotten.
#[derive(Clone, Copy, Debug)]
pub struct LockedSet {
    events: &'static [EventDescription],
    decode: fn(&RecordedEvent) -> Result<(), DecodeError>,
    /// What is written when the one event that this is read as is recorded again.
    again: fn(&RecordedEvent) -> Result<Option<Written>, String>,
}

/// An event as it is written: name, version and payload.
type Written = (EventName, SchemaVersion, Payload);

/// Why a sample is not read.
pub(super) enum Unread {
    /// No set has its name.
    UnknownName,
    /// It can't be decoded, for this reason.
    Error(String),
}

impl LockedSet {
    pub(super) fn new<E: EventSet>() -> Self {
        Self {
            events: E::EVENTS,
            decode: |recorded| E::decode(recorded).map(drop),
            again: |recorded| {
                let parts = E::decode(recorded).map_err(|error| causes(&error))?;
                let Some(event) = parts.into_one() else {
                    return Ok(None);
                };
                let encoded = event.encode().map_err(|error| causes(&error))?;
                Ok(Some((
                    encoded.name,
                    encoded.schema_version,
                    encoded.payload,
                )))
            },
        }
    }
}

/// Whether one of the sets reads this sample.
pub(super) fn read(sets: &[LockedSet], key: &Key, sample: &str) -> Result<(), Unread> {
    let recorded = recorded(key, sample).map_err(Unread::Error)?;
    let mut why = Unread::UnknownName;
    for set in sets {
        match catch_unwind(AssertUnwindSafe(|| (set.decode)(&recorded))) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error @ DecodeError::UnknownName { .. })) => {
                // A part that no set has is a mistake of the upcaster, not a name that is gone.
                if error.place().name != recorded.name {
                    why = Unread::Error(causes(&error));
                }
            }
            Ok(Err(error)) => why = Unread::Error(causes(&error)),
            Err(panic) => why = Unread::Error(format!("it panics: {}", panicked(&*panic))),
        }
    }
    Err(why)
}

fn recorded((name, version): &Key, sample: &str) -> Result<RecordedEvent, String> {
    let name = EventName::new(name.as_str()).map_err(|error| error.to_string())?;
    let version = SchemaVersion::new(*version).map_err(|error| error.to_string())?;
    let payload = Payload::from_json(sample).map_err(|error| causes(&error))?;
    let stream = "lock-1".parse().map_err(|error| format!("{error}"))?;
    let event = NewEvent::new(name, payload).with_schema_version(version);
    Ok(event.recorded(
        stream,
        StreamVersion::FIRST,
        Position::START,
        DateTime::UNIX_EPOCH,
    ))
}

/// The events of the code, and the versions before.
pub(super) struct Declared {
    events: BTreeMap<Key, Event>,
    /// What must be described, or does not do what its description says.
    pub(super) mistakes: Vec<String>,
}

/// One version of an event.
struct Event {
    rust_type: &'static str,
    entry: Entry,
}

impl Declared {
    pub(super) fn of(sets: &[LockedSet]) -> Result<Self, String> {
        let mut declared = Self {
            events: BTreeMap::new(),
            mistakes: Vec::new(),
        };
        for set in sets {
            for event in set.events {
                declared.add(event, set)?;
                let mut previous = event.previous;
                while let Some(older) = previous {
                    let older = older();
                    declared.add(&older, set)?;
                    previous = older.previous;
                }
            }
        }
        Ok(declared)
    }

    pub(super) fn events(&self) -> impl Iterator<Item = (&Key, &Entry)> {
        self.events.iter().map(|(key, event)| (key, &event.entry))
    }

    fn add(&mut self, event: &EventDescription, set: &LockedSet) -> Result<(), String> {
        let key = (event.name.to_string(), event.schema_version.get());
        let title = format!("{} version {}", key.0, key.1);
        let shape = (event.shape)();
        let undescribed = shape.undescribed();
        for (way, unknown) in &undescribed {
            let at = if way.is_empty() {
                String::new()
            } else {
                format!("field `{way}`: ")
            };
            let rust_type = unknown.rust_type;
            let remedy = match unknown.remedy {
                Remedy::Derive => {
                    "write `#[derive(EventField)]` on it, or `#[event_field(describe = \"…\", sample = \"…\")]` on the field"
                }
                _ => {
                    "an attribute of serde converts it, so say to what: `#[event_field(describe = \"…\", sample = \"…\")]`"
                }
            };
            self.mistakes.push(format!(
                "{title}: {at}`{rust_type}` is not described: {remedy}"
            ));
        }
        let samples = shape.samples();
        let samples = samples
            .map_err(|error| format!("{title}: a sample in a description is not JSON: {error}"))?;
        let entry = Entry {
            shape: shape.to_lines(),
            samples: samples.iter().map(ToString::to_string).collect(),
        };
        if let Some(known) = self.events.get(&key) {
            if known.entry.shape != entry.shape {
                self.mistakes.push(format!(
                    "{title} has two shapes, as {} and as {}: lock the set that is recorded, and leave the other out",
                    known.rust_type, event.rust_type
                ));
            }
            return Ok(());
        }
        if !undescribed.is_empty() {
            // There is nothing to compare.
            return Ok(());
        }
        let unread = entry.samples.iter().find_map(|sample| {
            let why = reads_back(set, &key, sample).err()?;
            Some(format!(
                "{title}: a sample made from its description does not read back: {why}\n    {sample}\n  Describe the field by `#[event_field(describe = \"…\", sample = \"…\")]`."
            ))
        });
        self.mistakes.extend(unread);
        let rust_type = event.rust_type;
        self.events.insert(key, Event { rust_type, entry });
        Ok(())
    }
}

/// Whether a sample is what serde reads and writes.
fn reads_back(set: &LockedSet, key: &Key, sample: &str) -> Result<(), String> {
    let recorded = recorded(key, sample)?;
    let again = catch_unwind(AssertUnwindSafe(|| (set.again)(&recorded)));
    let again = again.map_err(|panic| format!("it panics: {}", panicked(&*panic)))??;
    // An older version comes back as the newer one, or as several.
    let Some((name, version, payload)) = again else {
        return Ok(());
    };
    if (name.as_str(), version.get()) != (key.0.as_str(), key.1) {
        return Ok(());
    }
    let same = serde_json::from_str::<serde_json::Value>(payload.as_str()).ok()
        == serde_json::from_str(sample).ok();
    if same {
        Ok(())
    } else {
        Err(format!("it is written as {}", payload.as_str()))
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a text").to_owned()
}

/// An error with its causes, without the place, which is that of a sample.
fn causes(error: &dyn std::error::Error) -> String {
    let mut causes = Vec::new();
    let mut source = error.source();
    while let Some(error) = source {
        causes.push(error.to_string());
        source = error.source();
    }
    if causes.is_empty() {
        let text = error.to_string();
        let place = " at position 0 (stream lock-1, version 1)";
        return text.replace(place, "");
    }
    causes.join(": ")
}
