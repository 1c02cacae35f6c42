//! P3: parked events are pointers, in order for each key, and come and go with the steps that make them so.

use cqrs_core::ports::advance::Advance;
use cqrs_core::ports::parked::{ListParked, ParkEvent, ParkedEvent, ParkedFailure};
use cqrs_core::words::partition::PartitionCount;

use super::ask;
use super::documents::hostile_keys;
use super::expect;
use super::harness::ReadSideHarness;
use super::node::Node;
use super::sample::{MANAGER, VIEW, at, failed, key, partition, second, waiting, write};

fn places(parked: &[ParkedEvent]) -> Vec<(u64, &str)> {
    let events = parked.iter().map(|parked| &parked.event);
    events
        .map(|event| (event.position.get(), event.key.as_str()))
        .collect()
}

/// Catches a store that loses parked events, or what is known about them.
pub async fn p3_parked_events_are_kept_as_they_are<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "kept", MANAGER).await;
    let hostile = format!("it's \"100 %\" \\ \u{1}\n\t😀 {}", "é".repeat(1_900));
    let failure = |attempts, error: &str, retry_at| {
        Some(ParkedFailure {
            attempts,
            error: error.into(),
            retry_at,
        })
    };
    let events = [
        failed("a", 1),
        waiting("a", 2),
        ParkEvent {
            failure: failure(1_000_000, &hostile, Some(second(7))),
            ..failed("b", 1)
        },
        ParkEvent {
            failure: failure(0, "", Some(second(-900_000_000))),
            ..failed("c", 3)
        },
    ];
    let step = Advance {
        parked: events.to_vec(),
        ..node.step(0, 10)
    };
    expect::done(node.advance(step).await);
    let mut parked = ask::parked(&store, &node.of).await;
    parked.sort_by(|one, other| one.event.key.cmp(&other.event.key));
    assert!(parked.iter().all(|parked| parked.request.is_none()));
    let kept: Vec<_> = parked.into_iter().map(|parked| parked.event).collect();
    assert_eq!(kept, events);
}

/// Catches a store that lists parked events by key, or by when they were parked.
pub async fn p3_parked_events_are_listed_by_position_page_by_page<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "list", MANAGER).await;
    let orders = [
        vec![failed("b", 7), waiting("b", 12), failed("a", 12)],
        vec![failed("d", 3), failed("c", 7)],
        vec![
            waiting("d", 12),
            failed("a", 2),
            failed("é", 7),
            failed("Z", 7),
        ],
    ];
    for (from, parked) in (0..).zip(orders) {
        let step = Advance {
            parked,
            ..node.step(from, from + 1)
        };
        expect::done(node.advance(step).await);
    }
    let parked = ask::parked(&store, &node.of).await;
    let expected = [
        (2, "a"),
        (3, "d"),
        (7, "Z"),
        (7, "b"),
        (7, "c"),
        (7, "é"),
        (12, "a"),
        (12, "b"),
        (12, "d"),
    ];
    assert_eq!(places(&parked), expected);
    for limit in [1, 3, 100] {
        let request = ListParked {
            of: node.of.clone(),
            key: None,
            after: Some((at(7), key("b"))),
            limit,
        };
        let page = store
            .list_parked(request)
            .await
            .expect("parked events can be listed");
        assert!(!page.is_empty() && page.len() <= limit);
        assert_eq!(places(&page), expected[4..4 + page.len()]);
    }
    assert_eq!(
        places(&ask::parked_of(&store, &node.of, "d").await),
        [(3, "d"), (12, "d")]
    );
    assert_eq!(ask::parked_of(&store, &node.of, "nobody").await, []);
}

/// Catches a store that parks a key under another one.
pub async fn p3_any_key_can_be_parked<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "keys", MANAGER).await;
    let mut keys = hostile_keys();
    keys.sort();
    let step = Advance {
        parked: keys.iter().map(|key| failed(key, 4)).collect(),
        ..node.step(0, 5)
    };
    expect::done(node.advance(step).await);
    let parked = ask::parked(&store, &node.of).await;
    let listed: Vec<_> = parked.iter().map(|parked| &parked.event.key).collect();
    assert_eq!(
        listed,
        keys.iter().collect::<Vec<_>>(),
        "in order of their bytes"
    );
    for (number, own) in keys.iter().enumerate() {
        let parked = ask::parked_of(&store, &node.of, own.as_str()).await;
        assert_eq!(parked.len(), 1, "the parked events of {own:?}");
        let step = Advance {
            unparked: vec![(own.clone(), at(4))],
            ..node.step(5, 5)
        };
        expect::done(node.advance(step).await);
        let left = ask::blocked(&store, &node.of, &[partition(0)]).await;
        assert_eq!(
            left.len(),
            keys.len() - number - 1,
            "after {own:?} was un-parked"
        );
    }
}

/// Catches a store that shows any parked event of a key instead of the first.
pub async fn p3_a_blocked_key_shows_its_first_event<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "blocked", MANAGER).await;
    let step = Advance {
        parked: vec![
            waiting("a", 9),
            failed("a", 5),
            waiting("a", 7),
            failed("b", 6),
        ],
        ..node.step(0, 10)
    };
    expect::done(node.advance(step).await);
    for (unparked, expected) in [
        (None, vec![(5, "a"), (6, "b")]),
        (Some(("a", 5)), vec![(7, "a"), (6, "b")]),
        (Some(("b", 6)), vec![(7, "a")]),
        (Some(("a", 9)), vec![(7, "a")]),
        (Some(("a", 7)), vec![]),
    ] {
        let step = Advance {
            unparked: unparked
                .map(|(text, position)| (key(text), at(position)))
                .into_iter()
                .collect(),
            ..node.step(10, 10)
        };
        expect::done(node.advance(step).await);
        let blocked = ask::blocked(&store, &node.of, &[partition(0)]).await;
        assert_eq!(places(&blocked), expected);
        let read = ask::read(&store, &node.of, "a").await;
        let first = read.blocked.map(|blocked| blocked.event.position);
        let same = expected
            .iter()
            .find(|(_, text)| *text == "a")
            .map(|(position, _)| at(*position));
        assert_eq!(first, same, "a reader of the key is told the same");
    }
}

/// Catches a store that shows a node the blocked keys of partitions that it does not hold.
pub async fn p3_blocked_keys_are_those_of_the_partitions<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::of_some(&store, "parts", VIEW, PartitionCount::from_static(4)).await;
    let in_partition = |number: u16, text: &str| ParkEvent {
        partition: partition(number),
        ..failed(text, 3)
    };
    let step = Advance {
        parked: vec![
            in_partition(0, "a"),
            in_partition(1, "b"),
            in_partition(3, "c"),
        ],
        ..node.step_of_all(0, 5)
    };
    expect::done(node.advance(step).await);
    for (partitions, expected) in [
        (vec![0, 1, 2, 3], vec!["a", "b", "c"]),
        (vec![1, 3], vec!["b", "c"]),
        (vec![2], vec![]),
        (vec![], vec![]),
    ] {
        let partitions: Vec<_> = partitions.into_iter().map(partition).collect();
        let blocked = ask::blocked(&store, &node.of, &partitions).await;
        let keys: Vec<_> = blocked
            .iter()
            .map(|blocked| blocked.event.key.as_str())
            .collect();
        assert_eq!(keys, expected, "of partitions {partitions:?}");
    }
}

/// Catches a store that keeps the first failure of an event, or has the event twice.
pub async fn p3_an_event_that_is_parked_again_is_replaced<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "replaced", MANAGER).await;
    let park = |event: ParkEvent| Advance {
        parked: vec![event],
        ..node.step(0, 0)
    };
    expect::done(node.advance(park(waiting("a", 1))).await);
    let first = ask::parked_of(&store, &node.of, "a").await;
    let again = ParkEvent {
        failure: Some(ParkedFailure {
            attempts: 2,
            error: "still away".into(),
            retry_at: Some(second(9)),
        }),
        ..failed("a", 1)
    };
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    harness.pass(std::time::Duration::from_millis(10)).await;
    expect::done(node.advance(park(again.clone())).await);
    let second = ask::parked_of(&store, &node.of, "a").await;
    assert_eq!(second.len(), 1);
    assert_eq!(second[0].event, again);
    assert_eq!(
        second[0].parked_at, first[0].parked_at,
        "when it was parked first"
    );
}

/// Catches a store that un-parks before it knows that the step is recorded.
pub async fn p3_an_event_is_unparked_with_what_it_led_to<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "replay", MANAGER).await;
    let step = Advance {
        parked: vec![failed("a", 1), waiting("a", 2), waiting("a", 3)],
        ..node.step(0, 5)
    };
    expect::done(node.advance(step).await);
    let replayed = |from| Advance {
        documents: vec![write("a", 2, 2)],
        unparked: vec![(key("a"), at(1)), (key("a"), at(2)), (key("nobody"), at(1))],
        ..node.step(from, from)
    };
    let before = ask::kept(&store, &node.of).await;
    expect::stale(node.advance(replayed(4)).await);
    assert_eq!(
        ask::kept(&store, &node.of).await,
        before,
        "the step was stale"
    );
    expect::done(node.advance(replayed(5)).await);
    let after = ask::kept(&store, &node.of).await;
    assert_eq!(places(&after.parked), [(3, "a")]);
    assert_eq!(
        after.documents.iter().map(ask::number).collect::<Vec<_>>(),
        [2]
    );
}

/// Catches a store that forgets in a step to park what it un-parks for another event.
pub async fn p3_a_replay_can_stop_at_the_next_failure<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "stops", MANAGER).await;
    let step = Advance {
        parked: vec![failed("a", 1), waiting("a", 2), waiting("a", 3)],
        ..node.step(0, 5)
    };
    expect::done(node.advance(step).await);
    let step = Advance {
        documents: vec![write("a", 1, 1)],
        unparked: vec![(key("a"), at(1))],
        parked: vec![failed("a", 2)],
        ..node.step(5, 5)
    };
    expect::done(node.advance(step).await);
    let parked = ask::parked_of(&store, &node.of, "a").await;
    let parked: Vec<_> = parked.into_iter().map(|parked| parked.event).collect();
    assert_eq!(parked, [failed("a", 2), waiting("a", 3)]);
}

/// Catches a store that counts keys as events, or those that are tried again by themselves.
pub async fn p3_parked_keys_are_counted<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "counted", MANAGER).await;
    let mut tried_again = failed("retried", 4);
    if let Some(failure) = &mut tried_again.failure {
        failure.retry_at = Some(second(9));
    }
    let step = Advance {
        parked: vec![failed("a", 1), waiting("a", 2), failed("b", 3), tried_again],
        ..node.step(0, 5)
    };
    expect::done(node.advance(step).await);
    let progress = ask::progress(&store, &node.of).await;
    assert_eq!(
        progress.parked_keys, 2,
        "keys that nothing tries again by itself"
    );
    assert_eq!(progress.parked_events, 4);
}

/// Catches a store that keeps parked events in its process.
pub async fn p3_parked_events_are_there_after_a_restart<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "kept", MANAGER).await;
    let step = Advance {
        parked: vec![failed("a", 1), waiting("a", 2)],
        ..node.step(0, 5)
    };
    expect::done(node.advance(step).await);
    let before = ask::parked(&store, &node.of).await;
    let store = harness.restart_read_side().await;
    assert_eq!(ask::parked(&store, &node.of).await, before);
    assert_eq!(
        ask::blocked(&store, &node.of, &[partition(0)]).await,
        before[..1]
    );
}
