//! The documents of a view, folded in memory.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::domain::view::View;
use crate::words::event::Recorded;

/// The documents of a view, all or that of one key, folded in memory.
pub(in crate::runtime) struct DocumentsOf<V> {
    key: Option<String>,
    documents: BTreeMap<String, V>,
}

impl<V: View> DocumentsOf<V> {
    pub(in crate::runtime) const fn all() -> Self {
        Self {
            key: None,
            documents: BTreeMap::new(),
        }
    }

    pub(in crate::runtime) const fn of_key(key: String) -> Self {
        Self {
            key: Some(key),
            documents: BTreeMap::new(),
        }
    }

    /// Which of the documents the event is about, each once.
    pub(in crate::runtime) fn keys_of(&self, event: &Recorded<V::Event>) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for key in V::keys(event) {
            let key = key.to_string();
            if self.key.as_ref().is_none_or(|only| *only == key) && !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    pub(in crate::runtime) fn apply(&mut self, event: &Recorded<V::Event>, keys: Vec<String>) {
        for key in keys {
            match self.documents.entry(key) {
                Entry::Vacant(room) => {
                    let mut document = V::default();
                    document.apply(event);
                    if !document.is_deleted() {
                        room.insert(document);
                    }
                }
                Entry::Occupied(mut known) => {
                    known.get_mut().apply(event);
                    if known.get().is_deleted() {
                        known.remove();
                    }
                }
            }
        }
    }

    pub(in crate::runtime) fn into_documents(self) -> BTreeMap<String, V> {
        self.documents
    }
}
