//! A filter as index probes: what a statement can walk, as parameters.

use cqrs_core::words::filter::{Filter, FilterItem};

/// The kind of probe that walks the events of a tag.
pub(crate) const TAG: &str = "tag";

/// One column for each parameter; a row is one probe. Together they find all that the filter means.
#[derive(Debug, Default)]
pub(crate) struct Probes<'a> {
    pub(crate) kinds: Vec<&'static str>,
    pub(crate) values: Vec<&'a str>,
    /// What else must be true of the event: lists separated by spaces, which no word contains.
    pub(crate) categories: Vec<Option<String>>,
    pub(crate) names: Vec<Option<String>>,
    pub(crate) tags: Vec<Option<String>>,
}

impl<'a> Probes<'a> {
    /// The probes of a filter; that of all events is of kind `all`.
    pub(crate) fn of(filter: &'a Filter) -> Self {
        let mut probes = Self::default();
        if filter.is_all() {
            probes.add("all", "", [None, None, None]);
            return probes;
        }
        for item in filter.items() {
            probes.add_item(item);
        }
        probes
    }

    pub(crate) fn len(&self) -> usize {
        self.kinds.len()
    }

    /// By a tag, which means the fewest events, else by each name, else by each category.
    fn add_item(&mut self, item: &'a FilterItem) {
        let categories = list(item.categories());
        let names = list(item.names());
        if let [tag, others @ ..] = item.tags() {
            self.add(TAG, tag.as_str(), [categories, names, list(others)]);
        } else if !item.names().is_empty() {
            for name in item.names() {
                self.add("name", name.as_str(), [categories.clone(), None, None]);
            }
        } else {
            for category in item.categories() {
                self.add("category", category.as_str(), [None, None, None]);
            }
        }
    }

    fn add(
        &mut self,
        kind: &'static str,
        value: &'a str,
        [categories, names, tags]: [Option<String>; 3],
    ) {
        self.kinds.push(kind);
        self.values.push(value);
        self.categories.push(categories);
        self.names.push(names);
        self.tags.push(tags);
    }
}

/// The words with spaces between them; `None` when there is none.
pub(crate) fn list<W: AsRef<str>>(words: &[W]) -> Option<String> {
    let (first, others) = words.split_first()?;
    let mut list = first.as_ref().to_owned();
    for word in others {
        list.push(' ');
        list.push_str(word.as_ref());
    }
    Some(list)
}
