//! P6: commands are due in order, and not before their time.

use chrono::DateTime;
use cqrs_core::ports::advance::Advance;
use cqrs_core::ports::staged::StagedCommand;
use cqrs_core::words::partition::PartitionCount;

use super::ask;
use super::expect;
use super::harness::ReadSideHarness;
use super::node::Node;
use super::sample::{MANAGER, at, command, generation, partition, second, timer};
use super::staged_commands::staged;

fn due(number: u128, due_at: i64, position: u64, place: u32) -> StagedCommand {
    StagedCommand {
        due_at: second(due_at),
        position: at(position),
        number: place,
        ..command(number, format!("key-{number}"))
    }
}

/// Catches a store that sends commands in the order of their ids, or of their staging.
pub async fn p6_commands_are_due_in_order<H: ReadSideHarness>(harness: &H) {
    let given = vec![
        due(1, 5, 1, 0),
        due(2, 3, 9, 0),
        due(3, 3, 2, 10),
        due(4, 3, 2, 9),
        due(5, 3, 10, 0),
        due(6, -7, 11, 3),
    ];
    let node = staged(harness, given).await;
    let page = ask::due(&node.store, &node.of, second(100)).await;
    assert_eq!(ask::numbers(&page.commands), [6, 4, 3, 2, 5, 1]);
    assert_eq!(page.next_due_at, None);
}

/// Catches a store that sends too early, by some microseconds or altogether, or never.
pub async fn p6_nothing_is_due_before_its_time<H: ReadSideHarness>(harness: &H) {
    let microsecond = chrono::Duration::microseconds(1);
    let node = staged(harness, vec![due(1, 10, 1, 0), due(2, 20, 1, 0)]).await;
    for (now, expected, next) in [
        (second(0), vec![], Some(second(10))),
        (second(10) - microsecond, vec![], Some(second(10))),
        (second(10), vec![1], Some(second(20))),
        (second(10) + microsecond, vec![1], Some(second(20))),
        (second(20), vec![1, 2], None),
        (second(1_000_000_000), vec![1, 2], None),
    ] {
        let page = ask::due(&node.store, &node.of, now).await;
        assert_eq!(ask::numbers(&page.commands), expected, "at {now}");
        assert_eq!(page.next_due_at, next, "the next after {now}");
    }
}

/// Catches a store that gives more than was asked for, or takes one that is due for the next.
pub async fn p6_a_page_has_the_first_that_are_due<H: ReadSideHarness>(harness: &H) {
    let given = (1..=9).map(|number| due(number, i64::try_from(number).unwrap_or_default(), 1, 0));
    let node = staged(harness, given.collect()).await;
    for limit in [1, 3, 5, 50] {
        let page = ask::due_in(&node.store, &node.of, vec![partition(0)], second(5), limit).await;
        let expected: Vec<_> = (1..=5).take(limit).collect();
        assert_eq!(ask::numbers(&page.commands), expected, "of {limit}");
        assert_eq!(page.next_due_at, Some(second(6)), "what is not due yet");
    }
}

/// Catches a store that gives a node the commands of partitions that it does not hold.
pub async fn p6_due_commands_are_those_of_the_partitions<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::of_some(&store, "parts", MANAGER, PartitionCount::from_static(4)).await;
    let of = |number: u16| StagedCommand {
        partition: partition(number),
        ..due(u128::from(number), i64::from(number), 1, 0)
    };
    let step = Advance {
        staged: vec![of(0), of(1), of(3)],
        ..node.step_of_all(0, 1)
    };
    expect::done(node.advance(step).await);
    for (partitions, now, expected, next) in [
        (vec![0, 1, 2, 3], 9, vec![0, 1, 3], None),
        (vec![1, 3], 9, vec![1, 3], None),
        (vec![1, 3], 1, vec![1], Some(3)),
        (vec![0, 2], 0, vec![0], None),
        (vec![2], 9, vec![], None),
        (vec![], 9, vec![], None),
    ] {
        let partitions: Vec<_> = partitions.into_iter().map(partition).collect();
        let page = ask::due_in(&store, &node.of, partitions.clone(), second(now), 10).await;
        assert_eq!(
            ask::numbers(&page.commands),
            expected,
            "of {partitions:?} at {now}"
        );
        assert_eq!(
            page.next_due_at,
            next.map(second),
            "of {partitions:?} at {now}"
        );
    }
}

/// Catches a store that makes up commands for generations which it does not have.
pub async fn p6_an_unknown_generation_has_no_commands<H: ReadSideHarness>(harness: &H) {
    let node = staged(harness, vec![command(1, "a")]).await;
    for of in [generation("manager", 2), generation("nothing", 1)] {
        let page = ask::due(&node.store, &of, second(9)).await;
        assert_eq!((page.commands, page.next_due_at), (vec![], None), "of {of}");
    }
}

/// Catches a store that can't keep a timer which never fires.
pub async fn p6_the_farthest_timer_is_kept<H: ReadSideHarness>(harness: &H) {
    use chrono::SubsecRound;
    let farthest = DateTime::<chrono::Utc>::MAX_UTC.trunc_subsecs(6);
    let node = staged(harness, vec![timer(1, "a", "never", farthest)]).await;
    let page = ask::due(&node.store, &node.of, second(1_000_000_000)).await;
    assert_eq!((page.commands, page.next_due_at), (vec![], Some(farthest)));
    let page = ask::due(&node.store, &node.of, farthest).await;
    assert_eq!(ask::numbers(&page.commands), [1]);
}
