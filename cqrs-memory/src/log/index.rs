//! How a filter finds its events without looking at the others (F4).

use std::hash::Hash;
use std::ops::Range;

use cqrs_core::words::event::{EventName, RecordedEvent};
use cqrs_core::words::filter::{Filter, FilterItem};
use cqrs_core::words::stream::Category;
use cqrs_core::words::tag::Tag;

use super::HashMap;

/// For each category, name and tag the places of the events that have it, rising.
#[derive(Debug, Default)]
pub(super) struct Index {
    categories: HashMap<Category, Vec<usize>>,
    names: HashMap<EventName, Vec<usize>>,
    tags: HashMap<Tag, Vec<usize>>,
}

impl Index {
    pub(super) fn insert(&mut self, event: &RecordedEvent, place: usize) {
        let category = event.stream.category().clone();
        self.categories.entry(category).or_default().push(place);
        self.names
            .entry(event.name.clone())
            .or_default()
            .push(place);
        for tag in &event.tags {
            self.tags.entry(tag.clone()).or_default().push(place);
        }
    }

    /// The places in `range`, rising and each once, of all events that the filter matches, and of a few others.
    pub(super) fn candidates(
        &self,
        filter: &Filter,
        mut range: Range<usize>,
    ) -> impl Iterator<Item = usize> {
        let is_all = filter.is_all();
        let mut lists: Vec<&[usize]> = Vec::new();
        if !is_all {
            let all = filter.items().iter().flat_map(|item| self.lists(item));
            lists.extend(all.map(|list| within(list, &range)));
        }
        std::iter::from_fn(move || {
            if is_all {
                return range.next();
            }
            let next = *lists.iter().filter_map(|list| list.first()).min()?;
            for list in &mut lists {
                *list = list.strip_prefix(&[next]).unwrap_or(list);
            }
            Some(next)
        })
    }

    /// Lists that together have every event of the item: those of its rarest tag, else of its names, else of its
    /// categories.
    fn lists(&self, item: &FilterItem) -> Vec<&[usize]> {
        let tags = item.tags().iter().map(|tag| list(&self.tags, tag));
        if let Some(rarest) = tags.min_by_key(|list| list.len()) {
            vec![rarest]
        } else if !item.names().is_empty() {
            item.names()
                .iter()
                .map(|name| list(&self.names, name))
                .collect()
        } else {
            let categories = item.categories().iter();
            categories
                .map(|category| list(&self.categories, category))
                .collect()
        }
    }
}

fn list<'a, K: Hash + Eq>(lists: &'a HashMap<K, Vec<usize>>, key: &K) -> &'a [usize] {
    lists.get(key).map_or(&[], Vec::as_slice)
}

fn within<'a>(list: &'a [usize], range: &Range<usize>) -> &'a [usize] {
    let from = list.partition_point(|place| *place < range.start);
    let to = list.partition_point(|place| *place < range.end);
    list.get(from..to).unwrap_or(&[])
}
