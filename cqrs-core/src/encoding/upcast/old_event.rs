//! An old event in the hands of an upcaster.

use std::error::Error;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Upcasted;
use crate::encoding::event::Event;
use crate::words::event::{EventName, RecordedEvent, SchemaVersion};

/// An event as JSON: what an upcaster makes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EventJson {
    /// What kind of event it is.
    pub name: EventName,
    /// The version of the payload's shape.
    pub schema_version: SchemaVersion,
    /// What happened.
    pub payload: Value,
}

impl EventJson {
    /// Puts the parts together.
    #[must_use]
    pub const fn new(name: EventName, schema_version: SchemaVersion, payload: Value) -> Self {
        Self {
            name,
            schema_version,
            payload,
        }
    }

    /// An event of today.
    ///
    /// # Errors
    ///
    /// The error of `serde_json` when the event has no JSON form.
    pub fn of<E: Event>(event: &E) -> Result<Self, serde_json::Error> {
        let payload = serde_json::to_value(event)?;
        Ok(Self::new(E::NAME, E::SCHEMA_VERSION, payload))
    }
}

/// An old event in the hands of an upcaster.
///
/// ### Note: numbers that no machine word holds
/// As `serde_json` reads them: an integer beyond 64 bits becomes a float, and of a key that stands twice the last one
/// stays.
#[derive(Debug)]
pub struct OldEvent<'a> {
    json: EventJson,
    recorded: &'a RecordedEvent,
}

/// The old event does not have the shape that its upcaster expects.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the upcaster finds no field `{field}` in the payload")]
struct NoField {
    field: String,
}

impl<'a> OldEvent<'a> {
    pub(super) const fn new(json: EventJson, recorded: &'a RecordedEvent) -> Self {
        Self { json, recorded }
    }

    /// What happened, as JSON.
    #[must_use]
    pub const fn payload(&self) -> &Value {
        &self.json.payload
    }

    /// What happened, as JSON, to be changed.
    pub const fn payload_mut(&mut self) -> &mut Value {
        &mut self.json.payload
    }

    /// What the log has: the metadata, the stream, the time.
    #[must_use]
    pub const fn recorded(&self) -> &'a RecordedEvent {
        self.recorded
    }

    /// The value of a field.
    ///
    /// # Errors
    ///
    /// When there is no such field, or its value is none of these.
    pub fn get<T: DeserializeOwned>(&self, field: &str) -> Result<T, Box<dyn Error + Send + Sync>> {
        let value = self.json.payload.get(field);
        let value = value.ok_or_else(|| no_field(field))?;
        Ok(T::deserialize(value)?)
    }

    /// Takes a field out of the payload, as a value of this type.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn take<T: DeserializeOwned>(
        &mut self,
        field: &str,
    ) -> Result<T, Box<dyn Error + Send + Sync>> {
        let value = self.fields().and_then(|fields| fields.remove(field));
        Ok(serde_json::from_value(
            value.ok_or_else(|| no_field(field))?,
        )?)
    }

    /// Gives a field another name.
    ///
    /// # Errors
    ///
    /// When there is no such field.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
        let value: Value = self.take(from)?;
        self.set(to, value)
    }

    /// Puts a field into the payload, in place of one that has this name.
    ///
    /// # Errors
    ///
    /// When the payload is no object.
    pub fn set(
        &mut self,
        field: &str,
        value: impl Into<Value>,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let fields = self
            .fields()
            .ok_or("the payload has no fields: it is no object")?;
        fields.insert(field.to_owned(), value.into());
        Ok(())
    }

    /// It, as it is now, is an event of the next version, and of the same name.
    ///
    /// # Errors
    ///
    /// When there is no greater version.
    pub fn as_next_version(&mut self) -> Upcasted {
        let version = self.json.schema_version.get().saturating_add(1);
        let version = SchemaVersion::new(version)?;
        let payload = self.json.payload.take();
        Ok(vec![EventJson::new(
            self.json.name.clone(),
            version,
            payload,
        )])
    }

    /// It, as it is now, is an event of this kind, in today's version.
    ///
    /// # Errors
    ///
    /// None: the result is what an upcaster returns.
    pub fn as_event<E: Event>(&mut self) -> Upcasted {
        let payload = self.json.payload.take();
        Ok(vec![EventJson::new(E::NAME, E::SCHEMA_VERSION, payload)])
    }

    fn fields(&mut self) -> Option<&mut Map<String, Value>> {
        self.json.payload.as_object_mut()
    }
}

fn no_field(field: &str) -> NoField {
    NoField {
        field: field.to_owned(),
    }
}
