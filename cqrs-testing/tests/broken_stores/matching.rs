//! Which events a filter means, with one mistake.

use cqrs_core::words::event::RecordedEvent;
use cqrs_core::words::filter::{Filter, FilterItem};

use crate::defect::Defect;

pub(crate) fn fails_condition(defect: Defect, filter: &Filter, event: &RecordedEvent) -> bool {
    match defect {
        Defect::FailsConditionsOnAnyEvent => true,
        Defect::LooksAtTheFirstItemOfConditions => filter
            .items()
            .first()
            .is_none_or(|item| Filter::from(item.clone()).matches(event)),
        Defect::IgnoresTheTagsOfConditions => {
            let without_tags = filter.items().iter().map(without_tags);
            Filter::any_of(without_tags).matches(event)
        }
        _ => filter.matches(event),
    }
}

pub(crate) fn is_read(defect: Defect, filter: &Filter, event: &RecordedEvent) -> bool {
    match defect {
        Defect::TakesAnyTagForAll => {
            filter.items().is_empty()
                || filter.items().iter().any(|item| {
                    let others = Filter::from(without_tags(item)).matches(event);
                    let any_tag = item.tags().iter().any(|tag| event.tags.contains(tag));
                    others && (item.tags().is_empty() || any_tag)
                })
        }
        _ => filter.matches(event),
    }
}

fn without_tags(item: &FilterItem) -> FilterItem {
    let categories = item.categories().iter().cloned();
    let with_categories = categories.fold(FilterItem::new(), FilterItem::category);
    item.names()
        .iter()
        .cloned()
        .fold(with_categories, FilterItem::name)
}
