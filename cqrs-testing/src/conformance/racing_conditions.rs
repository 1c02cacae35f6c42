//! A6, in races: a condition holds also against appends that are in flight, and touches no others.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::ports::append::{Append, AppendOutcome};
use cqrs_core::ports::error::AppendError;
use cqrs_core::ports::read_log::LogRead;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::filter::{Filter, FilterItem};
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::Category;

use super::harness::StoreHarness;
use super::race::race;
use super::sample::{ANY, account, named, tag};
use super::{ask, expect};

const OPENED: EventName = EventName::from_static("account.opened");

/// Catches a store that checks the condition before it takes the lock.
pub async fn a6_one_of_the_racing_appends_with_one_tag_wins<H: StoreHarness>(harness: &H) {
    let stores = [harness.store()];
    for round in 0..12 {
        let owner = tag(&format!("owner:{round}"));
        let filter = Filter::tag(owner.clone());
        let event = named("account.opened").with_tags([owner]);
        one_wins(&stores, &filter, Position::START, &event).await;
    }
}

/// Catches a store that locks only the tags of a condition.
pub async fn a6_one_of_the_racing_appends_with_one_name_wins<H: StoreHarness>(harness: &H) {
    let stores = [harness.store()];
    let mut after = Position::START;
    for _ in 0..12 {
        after = one_wins(
            &stores,
            &Filter::name(OPENED),
            after,
            &named("account.opened"),
        )
        .await;
    }
}

/// Catches a store that has nothing to lock for a condition on everything.
pub async fn a6_one_of_the_racing_appends_on_the_whole_log_wins<H: StoreHarness>(harness: &H) {
    let stores = [harness.store()];
    let mut after = Position::START;
    for _ in 0..12 {
        after = one_wins(&stores, &Filter::all(), after, &named("account.opened")).await;
    }
}

/// Catches a store whose lock is one of its own process.
pub async fn a6_one_of_the_racing_appends_wins_across_handles<H: StoreHarness>(harness: &H) {
    let stores = [harness.store(), harness.second_handle().await];
    for round in 0..12 {
        let owner = tag(&format!("owner:{round}"));
        let filter = Filter::from(FilterItem::new().name(OPENED).tag(owner.clone()));
        let event = named("account.opened").with_tags([owner]);
        one_wins(&stores, &filter, Position::START, &event).await;
    }
}

/// Of racing appends of an event that fails the others' condition, each to a stream of its own, one wins.
async fn one_wins(
    stores: &[SharedStore],
    filter: &Filter,
    after: Position,
    event: &NewEvent,
) -> Position {
    const TASKS: usize = 12;
    let outcomes = race(TASKS, |task| {
        let store = Arc::clone(&stores[task % stores.len()]);
        let own = NewEvent::new(event.name.clone(), event.payload.clone());
        let own = own.with_tags(event.tags.clone());
        let append = Append::to(account(task), ANY, vec![own]).unless(filter.clone(), after);
        async move { store.append(append).await }
    })
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(
        won.len(),
        1,
        "of {TASKS} racing appends with the same condition, so many won"
    );
    let winner = won.into_iter().map(expect::recorded).next();
    let position = winner.expect("one has won").position;
    for outcome in lost {
        let failed_at = expect::condition_failed(outcome);
        assert_eq!(failed_at, position, "the position that a loser is told");
    }
    position
}

/// Catches a store that locks other keys for what is appended than for what is asked.
pub async fn a6_no_condition_is_ever_violated_in_a_race<H: StoreHarness>(harness: &H) {
    const TASKS: usize = 16;
    const ROUNDS: usize = 28;
    let store = harness.store();
    // Each task appends its own kind of event in each round; every second one under a condition, of every shape.
    let recorded = race(TASKS, |task| {
        let store = Arc::clone(&store);
        async move {
            let mut recorded = Vec::new();
            for round in 0..ROUNDS {
                let append = Append::to(account(task), ANY, vec![kind(task + round)]);
                let filter = condition(task / 2 + round);
                let after = end(&store).await;
                // A decision takes its time.
                tokio::time::sleep(Duration::from_micros(fastrand::u64(..2_000))).await;
                if task % 2 == 0 {
                    expect::recorded(store.append(append).await);
                    continue;
                }
                match store.append(append.unless(filter.clone(), after)).await {
                    Ok(AppendOutcome::Recorded(appended)) => {
                        recorded.push((filter, after, appended.position));
                    }
                    Err(AppendError::ConditionFailed { position }) => assert!(position > after),
                    other => panic!("recorded, or the condition failed, but not {other:?}"),
                }
            }
            recorded
        }
    })
    .await;
    let log = ask::log(&store).await;
    for (filter, after, position) in recorded.into_iter().flatten() {
        let violation = log.iter().find(|event| {
            event.position > after && event.position < position && filter.matches(event)
        });
        assert!(
            violation.is_none(),
            "the append at {position} should have failed: {filter:?} after {after} matches {violation:?}"
        );
    }
}

/// So many names and tags that a condition meets about one event while its decision takes its time.
const NAMES: [&str; 5] = [
    "account.opened",
    "account.closed",
    "account.audited",
    "account.moved",
    "noted",
];
const TAGS: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

fn kind(number: usize) -> NewEvent {
    let tags = [3 * number, 5 * number + 1].map(|number| tag(TAGS[number % TAGS.len()]));
    named(NAMES[number % NAMES.len()]).with_tags(tags)
}

fn condition(number: usize) -> Filter {
    let name = EventName::from_static(NAMES[2 * number % NAMES.len()]);
    let [first, second] = [3 * number, 4 * number + 1].map(|number| tag(TAGS[number % TAGS.len()]));
    match number % 7 {
        0 => Filter::tag(first),
        1 => Filter::name(name),
        2 => FilterItem::new().name(name).tag(first).into(),
        3 => FilterItem::new().tag(first).tag(second).into(),
        4 => FilterItem::new()
            .category(Category::from_static("account"))
            .name(name)
            .into(),
        5 => Filter::any_of([
            FilterItem::new().name(EventName::from_static("never.happens")),
            FilterItem::new().tag(first),
        ]),
        _ => Filter::all(),
    }
}

/// The end of the log as it can be read now.
async fn end(store: &SharedStore) -> Position {
    ask::whole(&**store, LogRead::after(Position::START))
        .await
        .1
}

/// Catches a store that serialises by one version of the whole log.
pub async fn a6_appends_that_do_not_touch_never_fail_each_other<H: StoreHarness>(harness: &H) {
    const TASKS: usize = 16;
    const ROUNDS: usize = 10;
    const NAMES: [&str; 4] = ["a.done", "b.done", "c.done", "d.done"];
    let store = harness.store();
    race(TASKS, |task| {
        let store = Arc::clone(&store);
        async move {
            let own = tag(&format!("task:{task}"));
            // A quarter of the tasks by a name of their own, the others by a tag of their own.
            let (name, filter) = match NAMES.get(task) {
                Some(name) => (*name, Filter::name(EventName::from_static(name))),
                None => ("task.done", Filter::tag(own.clone())),
            };
            let mut after = Position::START;
            for _ in 0..ROUNDS {
                let event = named(name).with_tags([own.clone()]);
                let append = Append::to(account(task), ANY, vec![event]);
                let append = append.unless(filter.clone(), after);
                after = expect::recorded(store.append(append).await).position;
            }
        }
    })
    .await;
    assert_eq!(
        ask::log(&store).await.len(),
        TASKS * ROUNDS,
        "the events of the log"
    );
}
