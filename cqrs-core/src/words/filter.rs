//! A filter: which events of the log are meant.

use super::event::{EventName, RecordedEvent};
use super::stream::Category;
use super::tag::Tag;

/// Which events of the log are meant: those that at least one item matches. A filter without items means all events.
///
/// ```
/// # use cqrs_core::words::{event::EventName, filter::{Filter, FilterItem}, tag::Tag};
/// let filter = Filter::any_of([
///     FilterItem::new().name(EventName::from_static("account.opened")).tag(Tag::of("owner", "ada")?),
///     FilterItem::new().name(EventName::from_static("account.closed")),
/// ]);
/// # Ok::<(), cqrs_core::words::error::InvalidWord>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    items: Vec<FilterItem>,
}

/// One way to match: any of the categories, any of the names, and all of the tags. A kind without entries does not
/// restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterItem {
    categories: Vec<Category>,
    names: Vec<EventName>,
    tags: Vec<Tag>,
}

impl Filter {
    /// All events.
    #[must_use]
    pub const fn all() -> Self {
        Self { items: Vec::new() }
    }

    /// Events that at least one of these items matches.
    ///
    /// ### Note: no items are all events
    /// A filter that is built from a list that happens to be empty means the whole log.
    #[must_use]
    pub fn any_of(items: impl IntoIterator<Item = FilterItem>) -> Self {
        Self {
            items: items.into_iter().collect(),
        }
    }

    /// The events of one category.
    #[must_use]
    pub fn category(category: Category) -> Self {
        FilterItem::new().category(category).into()
    }

    /// The events of one name.
    #[must_use]
    pub fn name(name: EventName) -> Self {
        FilterItem::new().name(name).into()
    }

    /// The events with one tag.
    #[must_use]
    pub fn tag(tag: Tag) -> Self {
        FilterItem::new().tag(tag).into()
    }

    /// The ways to match.
    #[must_use]
    pub fn items(&self) -> &[FilterItem] {
        &self.items
    }

    /// Whether every event matches, since there is no item or one that does not restrict.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.items.is_empty() || self.items.iter().any(FilterItem::is_all)
    }

    /// Whether the filter means this event.
    #[must_use]
    pub fn matches(&self, event: &RecordedEvent) -> bool {
        self.items.is_empty()
            || self
                .items
                .iter()
                .any(|item| item.matches(event.stream.category(), &event.name, &event.tags))
    }
}

impl From<FilterItem> for Filter {
    fn from(item: FilterItem) -> Self {
        Self { items: vec![item] }
    }
}

impl FilterItem {
    /// An item that does not restrict.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            categories: Vec::new(),
            names: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// Also events of this category.
    #[must_use]
    pub fn category(mut self, category: Category) -> Self {
        self.categories.push(category);
        self
    }

    /// Also events of this name.
    #[must_use]
    pub fn name(mut self, name: EventName) -> Self {
        self.names.push(name);
        self
    }

    /// Only events that have this tag as well.
    #[must_use]
    pub fn tag(mut self, tag: Tag) -> Self {
        self.tags.push(tag);
        self
    }

    /// Any of these categories.
    #[must_use]
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// Any of these names.
    #[must_use]
    pub fn names(&self) -> &[EventName] {
        &self.names
    }

    /// All of these tags.
    #[must_use]
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    fn is_all(&self) -> bool {
        self.categories.is_empty() && self.names.is_empty() && self.tags.is_empty()
    }

    /// Whether an event of this category and name with these tags matches.
    #[must_use]
    pub fn matches(&self, category: &Category, name: &EventName, tags: &[Tag]) -> bool {
        (self.categories.is_empty() || self.categories.contains(category))
            && (self.names.is_empty() || self.names.contains(name))
            && self.tags.iter().all(|tag| tags.contains(tag))
    }
}
