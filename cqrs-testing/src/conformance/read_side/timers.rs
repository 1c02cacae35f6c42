//! P6: timers are replaced and cancelled with the step that wants it.

use cqrs_core::ports::advance::Advance;
use cqrs_core::ports::staged::StagedCommand;

use super::ask;
use super::expect;
use super::harness::ReadSideHarness;
use super::node::Node;
use super::sample::{cancel, command, second, timer};
use super::staged_commands::staged;

/// Two instances, each with a command, a timer without a name, and timers of two names.
async fn prepared<H: ReadSideHarness>(harness: &H) -> Node {
    let unnamed = |number, key| StagedCommand {
        timer: None,
        ..timer(number, key, "unnamed", second(1))
    };
    let given = vec![
        command(1, "a"),
        unnamed(2, "a"),
        timer(3, "a", "reminder", second(2)),
        timer(4, "a", "deadline", second(3)),
        command(5, "b"),
        unnamed(6, "b"),
        timer(7, "b", "reminder", second(4)),
    ];
    staged(harness, given).await
}

async fn left(node: &Node) -> Vec<u128> {
    let mut numbers = ask::numbers(&ask::staged(&node.store, &node.of).await);
    numbers.sort_unstable();
    numbers
}

/// Catches a store that cancels by name across instances, or cancels what has another name.
pub async fn p6_a_timer_is_cancelled_by_its_name<H: ReadSideHarness>(harness: &H) {
    let node = prepared(harness).await;
    let step = Advance {
        cancelled: vec![
            cancel("a", "reminder"),
            cancel("b", "deadline"),
            cancel("c", "reminder"),
        ],
        ..node.step(1, 2)
    };
    expect::done(node.advance(step).await);
    assert_eq!(left(&node).await, [1, 2, 4, 5, 6, 7]);
}

/// Catches a store where the end of an instance takes its commands with it, or leaves a timer.
pub async fn p6_all_timers_of_an_instance_are_cancelled_and_no_command<H: ReadSideHarness>(
    harness: &H,
) {
    let node = prepared(harness).await;
    let step = Advance {
        cancelled: vec![cancel("a", None)],
        ..node.step(1, 2)
    };
    expect::done(node.advance(step).await);
    assert_eq!(left(&node).await, [1, 5, 6, 7]);
}

/// Catches a store that cancels before it knows that the step is recorded.
pub async fn p6_a_stale_step_cancels_nothing<H: ReadSideHarness>(harness: &H) {
    let node = prepared(harness).await;
    let step = Advance {
        cancelled: vec![cancel("a", None), cancel("b", "reminder")],
        staged: vec![timer(8, "a", "reminder", second(9))],
        ..node.step(0, 2)
    };
    let before = ask::staged(&node.store, &node.of).await;
    expect::stale(node.advance(step).await);
    assert_eq!(ask::staged(&node.store, &node.of).await, before);
}

/// Catches a store where an instance has two timers of one name, or that keeps the earlier one.
pub async fn p6_a_timer_replaces_the_one_of_its_name<H: ReadSideHarness>(harness: &H) {
    let node = prepared(harness).await;
    let step = Advance {
        staged: vec![
            timer(8, "a", "reminder", second(50)),
            timer(9, "b", "deadline", second(60)),
        ],
        ..node.step(1, 2)
    };
    expect::done(node.advance(step).await);
    assert_eq!(left(&node).await, [1, 2, 4, 5, 6, 7, 8, 9]);
    let page = ask::due(&node.store, &node.of, second(49)).await;
    assert_eq!(
        page.next_due_at,
        Some(second(50)),
        "by the time of the later one"
    );
}

/// Catches a store that cancels after it stages: a timer that is set again in the same step would be gone.
pub async fn p6_a_timer_is_cancelled_and_set_again_in_one_step<H: ReadSideHarness>(harness: &H) {
    let node = prepared(harness).await;
    let step = Advance {
        cancelled: vec![cancel("a", None)],
        staged: vec![command(8, "a"), timer(9, "a", "reminder", second(9))],
        ..node.step(1, 2)
    };
    expect::done(node.advance(step).await);
    assert_eq!(left(&node).await, [1, 5, 6, 7, 8, 9]);
}

/// Catches a store for which the last of several timers of one name in one step is not the one that counts.
pub async fn p6_the_last_of_the_timers_of_one_name_counts<H: ReadSideHarness>(harness: &H) {
    let node = prepared(harness).await;
    let step = Advance {
        staged: vec![
            timer(8, "a", "reminder", second(50)),
            timer(9, "a", "reminder", second(60)),
            timer(10, "a", "reminder", second(40)),
        ],
        ..node.step(1, 2)
    };
    expect::done(node.advance(step).await);
    assert_eq!(left(&node).await, [1, 2, 4, 5, 6, 7, 10]);
}
