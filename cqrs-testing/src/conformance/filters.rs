//! F4: filtering by category, event name and tag happens in the store.

use cqrs_core::ports::append::Append;
use cqrs_core::ports::read_log::LogRead;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::{EventName, RecordedEvent};
use cqrs_core::words::filter::{Filter, FilterItem};
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::Category;
use proptest::collection::vec;
use proptest::prelude::Strategy;

use super::harness::StoreHarness;
use super::sample::{ANY, account, named, stream, tag};
use super::{ask, expect, random};

const OPENED: EventName = EventName::from_static("opened");
const CLOSED: EventName = EventName::from_static("closed");
const ACCOUNT: Category = Category::from_static("account");

/// Two categories, two names, no tag or one or both: each combination twice.
async fn with_every_kind<H: StoreHarness>(harness: &H) -> SharedStore {
    let store = harness.store();
    for _ in 0..2 {
        for category in ["account", "loan"] {
            for name in ["opened", "closed"] {
                for tags in [vec![], vec!["a"], vec!["b"], vec!["a", "b"]] {
                    let event = named(name).with_tags(tags.into_iter().map(tag));
                    let append = Append::to(stream(category, "1"), ANY, vec![event]);
                    expect::recorded(store.append(append).await);
                }
            }
        }
    }
    store
}

/// What the filter finds is what it means, whatever the length of pages.
async fn finds<F: Into<Filter>>(store: &SharedStore, filter: F, count: usize) {
    let filter = filter.into();
    let expected: Vec<RecordedEvent> = {
        let mut all = ask::log(store).await;
        all.retain(|event| filter.matches(event));
        all
    };
    assert_eq!(
        expected.len(),
        count,
        "the events that are meant by {filter:?}"
    );
    for limit in [1, 2, 5, 1_000] {
        let found = ask::filtered(store, &filter, limit).await;
        assert_eq!(found, expected, "{filter:?} by pages of {limit}");
    }
}

/// Catches a store that ignores categories, or compares the beginning of stream ids.
pub async fn f4_a_category_is_filtered<H: StoreHarness>(harness: &H) {
    let store = with_every_kind(harness).await;
    for category in ["accoun", "accounts", "Account"] {
        let append = Append::to(stream(category, "1"), ANY, vec![named("opened")]);
        expect::recorded(store.append(append).await);
    }
    finds(&store, Filter::category(ACCOUNT), 16).await;
    let both = FilterItem::new()
        .category(ACCOUNT)
        .category(Category::from_static("loan"));
    finds(&store, both, 32).await;
    finds(
        &store,
        Filter::category(Category::from_static("nothing")),
        0,
    )
    .await;
}

/// Catches a store that ignores names, or takes only the first.
pub async fn f4_a_name_is_filtered<H: StoreHarness>(harness: &H) {
    let store = with_every_kind(harness).await;
    finds(&store, Filter::name(OPENED), 16).await;
    finds(&store, FilterItem::new().name(OPENED).name(CLOSED), 32).await;
    finds(&store, Filter::name(EventName::from_static("Opened")), 0).await;
}

/// Catches a store that takes any of the tags for all of them.
pub async fn f4_all_tags_are_filtered<H: StoreHarness>(harness: &H) {
    let store = with_every_kind(harness).await;
    finds(&store, Filter::tag(tag("a")), 16).await;
    finds(&store, FilterItem::new().tag(tag("a")).tag(tag("b")), 8).await;
    finds(&store, FilterItem::new().tag(tag("b")).tag(tag("b")), 16).await;
    finds(&store, FilterItem::new().tag(tag("a")).tag(tag("c")), 0).await;
}

/// Catches a store that looks at one kind of restriction only.
pub async fn f4_category_name_and_tag_are_filtered_together<H: StoreHarness>(harness: &H) {
    let store = with_every_kind(harness).await;
    let item = FilterItem::new().category(ACCOUNT).name(OPENED);
    finds(&store, item.clone(), 8).await;
    finds(&store, item.tag(tag("a")), 4).await;
    finds(
        &store,
        FilterItem::new().name(CLOSED).tag(tag("a")).tag(tag("b")),
        4,
    )
    .await;
    finds(&store, FilterItem::new().category(ACCOUNT).tag(tag("b")), 8).await;
}

/// Catches a store that delivers an event once for each item that matches it, or only looks at the first item.
pub async fn f4_an_event_that_several_items_match_comes_once<H: StoreHarness>(harness: &H) {
    let store = with_every_kind(harness).await;
    let filter = Filter::any_of([
        FilterItem::new().name(OPENED),
        FilterItem::new().tag(tag("a")),
        FilterItem::new().category(ACCOUNT).tag(tag("b")),
    ]);
    finds(&store, filter, 26).await;
}

/// Catches a store that finds nothing where nothing is restricted.
pub async fn f4_a_filter_without_restriction_finds_everything<H: StoreHarness>(harness: &H) {
    let store = with_every_kind(harness).await;
    finds(&store, Filter::all(), 32).await;
    finds(&store, FilterItem::new(), 32).await;
    finds(
        &store,
        Filter::any_of([FilterItem::new().name(OPENED), FilterItem::new()]),
        32,
    )
    .await;
}

/// Catches a store that compares by a collation.
pub async fn f4_tags_that_look_alike_are_apart<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let texts = [
        "a", "A", "\u{e4}", "a\u{308}", "ß", "ss", "a%", "a_", "a,b", "a:", "K", "\u{212a}",
    ];
    for text in texts {
        let append = Append::to(
            account("1"),
            ANY,
            vec![named("opened").with_tags([tag(text)])],
        );
        expect::recorded(store.append(append).await);
    }
    for text in texts {
        finds(&store, Filter::tag(tag(text)), 1).await;
    }
}

/// Catches a store that lets its readers look at the same events again and again.
pub async fn f4_a_page_goes_through_events_that_do_not_match<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let append = |name, count| {
        let events = (0..count).map(|_| named(name)).collect();
        Append::to(account("1"), ANY, events)
    };
    expect::recorded(store.append(append("opened", 1)).await);
    expect::recorded(store.append(append("closed", 40)).await);
    expect::recorded(store.append(append("opened", 1)).await);
    let end = expect::recorded(store.append(append("closed", 40)).await).position;
    let mut after = Position::START;
    let mut found = 0;
    for pages in 1.. {
        let request = LogRead::after(after).filter(Filter::name(OPENED)).limit(1);
        let page = store.read_log(request).await.expect("the log can be read");
        found += page.events.len();
        after = page.through;
        if page.is_last {
            break;
        }
        assert!(pages <= 2, "two events that match are at most three pages");
    }
    assert_eq!(found, 2, "the events that match");
    assert!(
        after >= end,
        "the log ends at {end}, but the last page goes through {after}"
    );
    let nothing = LogRead::after(Position::START).filter(Filter::tag(tag("nothing")));
    let page = store.read_log(nothing).await.expect("the log can be read");
    assert!(
        page.events.is_empty() && page.is_last,
        "nothing matches, but there came {page:?}"
    );
    assert!(
        page.through >= end,
        "the log ends at {end}, but the page goes through {}",
        page.through
    );
}

/// Catches a store that looks past the end that was asked for, when a filter is given.
pub async fn f4_a_filtered_page_ends_where_it_is_asked_to<H: StoreHarness>(harness: &H) {
    let store = with_every_kind(harness).await;
    let all = ask::log(&store).await;
    let filter = Filter::from(FilterItem::new().name(OPENED).tag(tag("a")));
    for end in &all {
        let request = LogRead::after(Position::START).filter(filter.clone());
        let page = store.read_log(request.through(end.position)).await;
        let page = page.expect("the log can be read");
        let expected: Vec<_> = all
            .iter()
            .filter(|event| event.position <= end.position && filter.matches(event))
            .cloned()
            .collect();
        assert_eq!(page.events, expected, "through {}", end.position);
        assert_eq!((page.through, page.is_last), (end.position, true));
    }
}

/// Catches a store that finds something else than the filter means, in a case that nobody thought of.
pub async fn f4_random_filters_find_what_they_mean<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let events = vec(random::ordinary(), 60).prop_map(|events| {
        let appends = events.into_iter();
        appends
            .map(|(stream, event)| Append::to(stream, ANY, vec![event]))
            .collect::<Vec<_>>()
    });
    random::check(1, events, async |batch| {
        for outcome in store.append_batch(batch).await {
            expect::recorded(outcome);
        }
    });
    let all = ask::log(&store).await;
    random::check(
        48,
        (random::filter(), 1..20_usize),
        async |(filter, limit)| {
            let expected: Vec<_> = all
                .iter()
                .filter(|event| filter.matches(event))
                .cloned()
                .collect();
            let found = ask::filtered(&store, &filter, limit).await;
            assert_eq!(found, expected, "{filter:?} by pages of {limit}");
        },
    );
}
