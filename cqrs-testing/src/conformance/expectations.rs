//! A3: of racing appends with the same exact expectation one wins; the others get the conflict with the actual version.

use std::sync::Arc;

use cqrs_core::ports::append::{Append, AppendOutcome};
use cqrs_core::ports::error::AppendError;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::stream::StreamId;
use cqrs_core::words::version::{ExpectedVersion, VersionConflict};

use super::harness::StoreHarness;
use super::race::race;
use super::sample::{ANY, NO_STREAM, account, exact, one, some, version};
use super::{ask, expect};

const EXISTS: ExpectedVersion = ExpectedVersion::StreamExists;

/// Catches a store without the version check, or with a part of it.
pub async fn a3_each_expectation_is_met_by_what_it_says<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let cases = [
        (0, ANY, true),
        (0, NO_STREAM, true),
        (0, EXISTS, false),
        (0, exact(0), true),
        (0, exact(1), false),
        (3, ANY, true),
        (3, NO_STREAM, false),
        (3, EXISTS, true),
        (3, exact(0), false),
        (3, exact(2), false),
        (3, exact(3), true),
        (3, exact(4), false),
    ];
    for (case, (events, expected, met)) in cases.into_iter().enumerate() {
        let stream = account(case);
        if events > 0 {
            expect::recorded(
                store
                    .append(Append::to(stream.clone(), ANY, some(events)))
                    .await,
            );
        }
        let outcome = store.append(one(&stream, expected, 1)).await;
        assert_eq!(
            outcome.is_ok(),
            met,
            "a stream with {events} events, an append that expects {expected}: {outcome:?}"
        );
        let after = ask::stream(&store, &stream).await.len();
        assert_eq!(after, events + usize::from(met), "the events afterwards");
    }
}

/// Catches a store that knows that there is a conflict, and not which.
pub async fn a3_a_conflict_tells_stream_expected_and_actual_version<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let (stream, long, empty) = (account("1"), account("2"), account("3"));
    expect::recorded(store.append(Append::to(stream.clone(), ANY, some(3))).await);
    expect::recorded(store.append(Append::to(long.clone(), ANY, some(123))).await);
    let cases = [
        (&stream, NO_STREAM, 3),
        (&stream, exact(2), 3),
        (&stream, exact(9), 3),
        (&long, exact(99), 123),
        (&long, exact(i64::MAX.unsigned_abs()), 123),
        (&empty, EXISTS, 0),
        (&empty, exact(1), 0),
    ];
    for (stream, expected, actual) in cases {
        let conflict = expect::conflict(store.append(one(stream, expected, 1)).await);
        let stream = stream.clone();
        let actual = version(actual);
        assert_eq!(
            conflict,
            VersionConflict {
                stream,
                expected,
                actual
            }
        );
    }
}

/// Catches a store that checks only the first stream, or names another one than the conflicting.
pub async fn a3_each_stream_of_an_append_has_its_own_expectation<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let (old, new) = (account("1"), account("2"));
    expect::recorded(store.append(Append::to(old.clone(), ANY, some(2))).await);
    let append = |old_expected, new_expected| {
        Append::to(new.clone(), new_expected, some(1)).and_to(old.clone(), old_expected, some(1))
    };
    let conflict = expect::conflict(store.append(append(exact(1), NO_STREAM)).await);
    assert_eq!(
        (conflict.stream, conflict.actual),
        (old.clone(), version(2))
    );
    let conflict = expect::conflict(store.append(append(exact(2), EXISTS)).await);
    assert_eq!(
        (conflict.stream, conflict.actual),
        (new.clone(), version(0))
    );
    expect::recorded(store.append(append(exact(2), NO_STREAM)).await);
}

/// Catches a store that gives other events with a conflict than those after the expected version: who folds them would
/// decide on a state that never was. A store may give fewer, or none.
pub async fn a3_the_tail_of_a_conflict_is_what_was_not_expected<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let (stream, other) = (account("1"), account("2"));
    expect::recorded(store.append(Append::to(stream.clone(), ANY, some(5))).await);
    expect::recorded(
        store
            .append(Append::to(other.clone(), ANY, some(150)))
            .await,
    );
    let recorded = [
        ask::stream(&store, &stream).await,
        ask::stream(&store, &other).await,
    ];
    let cases = [
        (0, NO_STREAM, 0),
        (0, exact(2), 2),
        (0, exact(4), 4),
        (0, exact(6), 5),
        (1, exact(1), 1),
        (1, exact(149), 149),
    ];
    for (which, expected, seen) in cases {
        let stream = recorded[which][0].stream.clone();
        let append = one(&account("3"), ANY, 1).and_to(stream, expected, some(1));
        let tail = match store.append(append).await {
            Err(AppendError::Conflict { tail, .. }) => tail,
            other => panic!("this should have been a version conflict, not {other:?}"),
        };
        assert!(tail.len() <= AppendError::MOST_IN_TAIL, "{}", tail.len());
        assert!(
            recorded[which][seen..].starts_with(&tail),
            "the tail of a conflict with {expected} begins after version {seen}"
        );
    }
    let exists = one(&account("3"), EXISTS, 1);
    match store.append(exists).await {
        Err(AppendError::Conflict { tail, .. }) => assert!(tail.is_empty()),
        other => panic!("this should have been a version conflict, not {other:?}"),
    }
}

/// Catches a store that checks the version before it takes the lock.
pub async fn a3_one_of_the_racing_appends_wins<H: StoreHarness>(harness: &H) {
    let (store, stream) = (harness.store(), account("1"));
    expect::recorded(store.append(one(&stream, NO_STREAM, 0)).await);
    for round in 1..=6 {
        one_wins(&[Arc::clone(&store)], &stream, round, 64).await;
    }
}

/// Catches a store that has nothing to lock where a stream has no row yet.
pub async fn a3_one_of_the_racing_first_appends_wins<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    for round in 0..12 {
        one_wins(&[Arc::clone(&store)], &account(round), 0, 16).await;
    }
}

/// Catches a store whose lock is one of its own process.
pub async fn a3_one_of_the_racing_appends_wins_across_handles<H: StoreHarness>(harness: &H) {
    let stores = [harness.store(), harness.second_handle().await];
    for round in 0..12 {
        one_wins(&stores, &account("1"), round, 16).await;
    }
}

/// Of `tasks` that all expect the stream at `at`, one wins. Each append has two events in the first round, one later.
async fn one_wins(stores: &[SharedStore], stream: &StreamId, at: u64, tasks: usize) {
    let expected = ExpectedVersion::at(version(at));
    let outcomes = race(tasks, |task| {
        let store = Arc::clone(&stores[task % stores.len()]);
        let append = one(stream, expected, task);
        async move { store.append(append).await }
    })
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(
        won.len(),
        1,
        "of {tasks} racing appends that expect {expected}, so many won"
    );
    for outcome in lost {
        let conflict = expect::conflict(outcome);
        assert_eq!(
            conflict.actual,
            version(at + 1),
            "the actual version in a loser's conflict"
        );
        assert_eq!(
            conflict.expected, expected,
            "the expected version in a loser's conflict"
        );
    }
    let events = ask::stream(&stores[0], stream).await;
    assert_eq!(events.len() as u64, at + 1, "the events after the race");
}

/// Catches a store that acknowledges appends which it loses.
pub async fn a3_losers_that_decide_again_all_win_in_the_end<H: StoreHarness>(harness: &H) {
    const TASKS: usize = 24;
    let (store, stream) = (harness.store(), account("1"));
    race(TASKS, |task| {
        let (store, stream) = (Arc::clone(&store), stream.clone());
        async move {
            let mut at = version(0);
            loop {
                match store
                    .append(one(&stream, ExpectedVersion::at(at), task))
                    .await
                {
                    Ok(AppendOutcome::Recorded(_)) => return,
                    Err(AppendError::Conflict { conflict, .. }) => at = conflict.actual,
                    other => panic!("a race ends in a success or a conflict, not in {other:?}"),
                }
            }
        }
    })
    .await;
    let events = ask::stream(&store, &stream).await;
    expect::no_gaps(&events);
    let mut payloads: Vec<_> = events.iter().map(|event| event.payload.as_str()).collect();
    payloads.sort_unstable();
    payloads.dedup();
    assert_eq!(
        (events.len(), payloads.len()),
        (TASKS, TASKS),
        "each append is recorded once"
    );
}
