//! Metadata: why an event happened, and on whose behalf.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::error::InvalidWord;
use super::event::EventId;

/// Shared by everything that one request from outside set in motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CorrelationId(Uuid);

impl CorrelationId {
    /// The id as a UUID.
    #[must_use]
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for CorrelationId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl std::fmt::Display for CorrelationId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What directly set something in motion: an event, or a message from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CausationId(Uuid);

impl CausationId {
    /// The id as a UUID.
    #[must_use]
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for CausationId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<EventId> for CausationId {
    fn from(id: EventId) -> Self {
        Self(id.as_uuid())
    }
}

impl std::fmt::Display for CausationId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Why an event happened and on whose behalf: the same for all events of one command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metadata {
    /// Shared by everything that one request from outside set in motion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<CorrelationId>,
    /// What directly caused the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<CausationId>,
    #[serde(
        default,
        deserialize_with = "checked",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    entries: BTreeMap<String, String>,
}

/// The rule of keys, in one place.
fn check_key(key: &str) -> Result<(), InvalidWord> {
    if key.is_empty() || key.len() > 64 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(InvalidWord::new(
            "metadata key",
            key,
            "it must have 1 to 64 visible ASCII characters",
        ));
    }
    Ok(())
}

/// Entries from elsewhere, as a file: their keys keep the same rule.
fn checked<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let entries = BTreeMap::<String, String>::deserialize(from)?;
    for key in entries.keys() {
        check_key(key).map_err(serde::de::Error::custom)?;
    }
    Ok(entries)
}

impl Metadata {
    /// No metadata.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// No metadata, shared by all events that have none.
    pub(super) fn none() -> Arc<Self> {
        static NONE: LazyLock<Arc<Metadata>> = LazyLock::new(Arc::default);
        Arc::clone(&NONE)
    }

    /// The same metadata with this entry, in place of one of the same key.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`] unless the key has 1 to 64 visible ASCII characters. Values may be any text.
    pub fn with(
        mut self,
        key: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<Self, InvalidWord> {
        self.insert(key, value)?;
        Ok(self)
    }

    /// Sets the entry of this key.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`] unless the key has 1 to 64 visible ASCII characters. Values may be any text.
    pub fn insert(
        &mut self,
        key: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<(), InvalidWord> {
        let key = key.into();
        check_key(&key)?;
        self.entries.insert(key, value.into());
        Ok(())
    }

    /// The value of this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries.get(key).map(String::as_str)
    }

    /// All entries, ordered by key.
    #[must_use]
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.entries
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// How many bytes the keys and values of the entries have.
    #[must_use]
    pub fn size(&self) -> usize {
        self.entries
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Metadata;

    #[test]
    fn keeps_any_value_and_refuses_hostile_keys() {
        let metadata = Metadata::new().with("user", "\0 Ünï\u{1F600}").unwrap();
        assert_eq!(metadata.get("user"), Some("\0 Ünï\u{1F600}"));
        for key in ["", "a b", "ä", "\0", &"k".repeat(65)] {
            assert!(Metadata::new().with(key, "").is_err(), "{key:?}");
            let text = serde_json::json!({ "entries": { key: "" } }).to_string();
            let read = serde_json::from_str::<Metadata>(&text);
            let error = read.unwrap_err().to_string();
            assert!(error.contains("1 to 64 visible ASCII"), "{key:?}: {error}");
        }
        let text = serde_json::to_string(&metadata).unwrap();
        assert_eq!(serde_json::from_str::<Metadata>(&text).unwrap(), metadata);
    }
}
