//! A6: an append with a condition fails when a matching event was recorded after its position.

use cqrs_core::ports::append::Append;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::filter::{Filter, FilterItem};
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::Category;

use super::harness::StoreHarness;
use super::sample::{ANY, NO_STREAM, account, exact, named, numbered, one, stream, tag};
use super::{ask, expect};

const OPENED: EventName = EventName::from_static("account.opened");
const CLOSED: EventName = EventName::from_static("account.closed");

fn opened() -> NewEvent {
    named("account.opened")
}

/// Records one event and says where.
async fn record(store: &SharedStore, event: NewEvent) -> Position {
    let append = Append::to(account("1"), ANY, vec![event]);
    expect::recorded(store.append(append).await).position
}

/// Appends under a condition, to a stream that plays no part in it.
async fn append_unless(
    store: &SharedStore,
    filter: impl Into<Filter>,
    after: Position,
) -> Result<cqrs_core::ports::append::AppendOutcome, cqrs_core::ports::error::AppendError> {
    let event = named("report.written");
    let append = Append::to(stream("report", "1"), ANY, vec![event]);
    store.append(append.unless(filter.into(), after)).await
}

/// Catches a store that ignores conditions, or their names.
pub async fn a6_a_matching_name_fails_the_append<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let before = record(&store, named("account.audited")).await;
    let matching = record(&store, opened()).await;
    let position =
        expect::condition_failed(append_unless(&store, Filter::name(OPENED), before).await);
    assert_eq!(
        position, matching,
        "the error tells the position of the matching event"
    );
    expect::recorded(append_unless(&store, Filter::name(CLOSED), before).await);
}

/// Catches a store that ignores the tags of conditions.
pub async fn a6_a_matching_tag_fails_the_append<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let matching = record(
        &store,
        opened().with_tags([tag("owner:ada"), tag("bank:7")]),
    )
    .await;
    for text in ["owner:ada", "bank:7"] {
        let outcome = append_unless(&store, Filter::tag(tag(text)), Position::START).await;
        assert_eq!(expect::condition_failed(outcome), matching);
    }
    for text in ["owner:eve", "owner:Ada", "owner:ad", "owner"] {
        let outcome = append_unless(&store, Filter::tag(tag(text)), Position::START).await;
        expect::recorded(outcome);
    }
}

/// Catches a store that takes any of the tags for all of them, or does not look at names and tags together.
pub async fn a6_an_item_matches_all_of_its_tags_and_any_of_its_names<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    record(&store, opened().with_tags([tag("a")])).await;
    record(&store, opened().with_tags([tag("b")])).await;
    record(
        &store,
        named("account.audited").with_tags([tag("a"), tag("b")]),
    )
    .await;
    let item = FilterItem::new()
        .name(OPENED)
        .name(CLOSED)
        .tag(tag("a"))
        .tag(tag("b"));
    expect::recorded(append_unless(&store, item.clone(), Position::START).await);
    let matching = record(
        &store,
        named("account.closed").with_tags([tag("c"), tag("b"), tag("a")]),
    )
    .await;
    let outcome = append_unless(&store, item, Position::START).await;
    assert_eq!(expect::condition_failed(outcome), matching);
}

/// Catches a store that ignores the categories of conditions.
pub async fn a6_a_category_narrows_what_matches<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let matching = record(&store, opened()).await;
    let item = |category| {
        FilterItem::new()
            .category(Category::from_static(category))
            .name(OPENED)
    };
    let outcome = append_unless(&store, item("account"), Position::START).await;
    assert_eq!(expect::condition_failed(outcome), matching);
    expect::recorded(append_unless(&store, item("loan"), Position::START).await);
    let alone = Filter::category(Category::from_static("account"));
    expect::condition_failed(append_unless(&store, alone, Position::START).await);
}

/// Catches a store that takes a condition without restriction for none.
pub async fn a6_a_condition_without_restriction_means_the_whole_log<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    for filter in [Filter::all(), Filter::from(FilterItem::new())] {
        let end = record(&store, opened()).await;
        let outcome = append_unless(&store, filter.clone(), Position::START).await;
        expect::condition_failed(outcome);
        expect::recorded(append_unless(&store, filter, end).await);
    }
}

/// Catches a store that looks only at the first item.
pub async fn a6_each_item_of_a_condition_counts<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let filter = || {
        Filter::any_of([
            FilterItem::new().name(CLOSED),
            FilterItem::new().tag(tag("owner:ada")),
            FilterItem::new().name(OPENED).tag(tag("bank:7")),
        ])
    };
    let other = opened().with_tags([tag("owner:eve")]);
    let mut after = record(&store, other).await;
    expect::recorded(append_unless(&store, filter(), Position::START).await);
    let matching = [
        named("account.closed"),
        named("account.audited").with_tags([tag("owner:ada")]),
        opened().with_tags([tag("bank:7")]),
    ];
    for event in matching {
        let position = record(&store, event).await;
        let outcome = append_unless(&store, filter(), after).await;
        assert_eq!(expect::condition_failed(outcome), position);
        after = position;
    }
}

/// Catches a store that is one off at the position.
pub async fn a6_only_events_after_the_position_count<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let first = record(&store, opened()).await;
    let second = record(&store, opened()).await;
    let filter = || Filter::name(OPENED);
    expect::condition_failed(append_unless(&store, filter(), Position::START).await);
    expect::condition_failed(append_unless(&store, filter(), first).await);
    expect::recorded(append_unless(&store, filter(), second).await);
    expect::recorded(append_unless(&store, filter(), Position::MAX).await);
}

/// Catches a store that lets any later event fail the condition.
pub async fn a6_events_that_do_not_match_do_not_count<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let after = record(&store, opened()).await;
    record(&store, named("account.audited").with_tags([tag("b")])).await;
    let filter = Filter::from(FilterItem::new().name(OPENED).tag(tag("b")));
    expect::recorded(append_unless(&store, filter, after).await);
}

/// Catches a store that checks after it has written.
pub async fn a6_the_appends_own_events_do_not_count<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    for number in 0..3 {
        let filter = Filter::tag(tag(&format!("name:{number}")));
        let event = numbered(number).with_tags([tag(&format!("name:{number}"))]);
        let append = Append::to(
            account("1"),
            ANY,
            vec![event.clone(), opened().with_tags(event.tags)],
        );
        let append = append.unless(filter, Position::START);
        expect::recorded(store.append(append).await);
    }
    assert_eq!(ask::log(&store).await.len(), 6, "the events of the log");
}

/// Catches a store that checks either the streams or the condition.
pub async fn a6_expectation_and_condition_both_count<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let end = record(&store, opened()).await;
    let append =
        |expected, after| one(&account("1"), expected, 1).unless(Filter::name(OPENED), after);
    expect::conflict(store.append(append(NO_STREAM, end)).await);
    expect::condition_failed(store.append(append(exact(1), Position::START)).await);
    expect::recorded(store.append(append(exact(1), end)).await);
    assert_eq!(ask::log(&store).await.len(), 2, "the events of the log");
}

/// Catches a store whose conditions see only what its own process has appended.
pub async fn a6_an_event_of_another_handle_fails_the_append<H: StoreHarness>(harness: &H) {
    let (store, other) = (harness.store(), harness.second_handle().await);
    let after = record(&store, opened()).await;
    expect::recorded(append_unless(&other, Filter::name(OPENED), after).await);
    record(&other, opened()).await;
    expect::condition_failed(append_unless(&store, Filter::name(OPENED), after).await);
}
