//! P6: a staged command that could not be sent is kept until it is sent, or until somebody discards it.

use cqrs_core::ports::advance::Advance;
use cqrs_core::ports::parked::ParkedRequest::{self, Discard, Replay};
use cqrs_core::ports::staged::{ListUnsent, PostponeCommand, StagedCommand};
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::position::Position;
use cqrs_core::words::staged::StagedId;

use super::ask;
use super::expect;
use super::harness::ReadSideHarness;
use super::node::Node;
use super::sample::{LONG, MANAGER, at, command, generation, partition, second, staged_id};
use super::staged_commands::staged;

/// How a command could not be sent: it is tried again at this second, or parked.
fn postponed(number: u128, due_at: Option<i64>) -> PostponeCommand {
    PostponeCommand {
        id: staged_id(number),
        due_at: due_at.map(second),
        attempts: 3,
        error: "the \"other\" system is away".into(),
    }
}

/// A node with four commands: the second and the fourth are parked, the third is tried again at second 50.
async fn unsent<H: ReadSideHarness>(harness: &H) -> Node {
    let given = (1..=4).map(|number| StagedCommand {
        // The order of the log is not that of the ids.
        position: at(9 - u64::try_from(number).unwrap_or_default() / 2),
        ..command(number, "a")
    });
    let node = staged(harness, given.collect()).await;
    let step = Advance {
        postponed: vec![
            postponed(2, None),
            postponed(3, Some(50)),
            postponed(4, None),
        ],
        ..node.step(1, 1)
    };
    expect::done(node.advance(step).await);
    node
}

/// All commands that could not be sent, read by pages of two.
async fn listed(node: &Node) -> Vec<StagedCommand> {
    let mut unsent: Vec<StagedCommand> = Vec::new();
    loop {
        let last = unsent.last();
        let request = ListUnsent {
            of: node.of.clone(),
            after: last.map(|command| (command.position, command.id)),
            limit: 2,
        };
        let page = node.store.list_unsent(request).await;
        let page = page.expect("unsent commands can be listed");
        assert!(page.len() <= 2, "a page has at most what was asked for");
        if page.is_empty() {
            return unsent;
        }
        unsent.extend(page);
    }
}

async fn ask_for(node: &Node, number: Option<u128>, request: ParkedRequest, now: i64) -> u64 {
    let id = number.map(staged_id);
    let asked = node.store.ask_unsent(&node.of, id, request, second(now));
    asked.await.expect("unsent commands can be asked for")
}

/// The commands that are due at this second, and when the next one is.
async fn due(node: &Node, now: i64) -> (Vec<u128>, Option<i64>) {
    let page = ask::due(&node.store, &node.of, second(now)).await;
    let next = page.next_due_at.map(|at| (at - second(0)).num_seconds());
    (ask::numbers(&page.commands), next)
}

/// Catches a store that sends a parked command, or waits for it.
pub async fn p6_a_parked_command_is_never_due<H: ReadSideHarness>(harness: &H) {
    let node = unsent(harness).await;
    assert_eq!(due(&node, 0).await, (vec![1], Some(50)));
    assert_eq!(due(&node, 1_000_000_000).await, (vec![1, 3], None));
}

/// Catches a store that hides what could not be sent, or loses how it failed.
pub async fn p6_unsent_commands_are_listed_by_position_page_by_page<H: ReadSideHarness>(
    harness: &H,
) {
    let node = unsent(harness).await;
    let all = listed(&node).await;
    assert_eq!(ask::numbers(&all), [4, 2, 3], "the first one was not tried");
    let said: Vec<_> = all
        .iter()
        .map(|command| (command.is_parked, command.attempts, command.request))
        .collect();
    let expected = [(true, 3, None), (true, 3, None), (false, 3, None)];
    assert_eq!(said, expected);
    for command in &all {
        let error = command.error.as_deref();
        assert_eq!(error, Some("the \"other\" system is away"));
    }
    let all = ListUnsent {
        of: generation("manager", 9),
        after: Some((Position::START, StagedId::from(uuid::Uuid::max()))),
        limit: 5,
    };
    let page = node.store.list_unsent(all).await;
    assert_eq!(page.expect("it is answered"), [], "of no generation");
}

/// Catches a status that does not tell of commands which wait for somebody.
pub async fn p6_parked_commands_are_counted<H: ReadSideHarness>(harness: &H) {
    let node = unsent(harness).await;
    let progress = ask::progress(&node.store, &node.of).await;
    assert_eq!((progress.staged_commands, progress.parked_commands), (4, 2));
    let step = Advance {
        sent: vec![staged_id(2)],
        ..node.step(1, 1)
    };
    expect::done(node.advance(step).await);
    let progress = ask::progress(&node.store, &node.of).await;
    assert_eq!((progress.staged_commands, progress.parked_commands), (3, 1));
}

/// Catches a store where a command that is asked for waits on.
pub async fn p6_an_unsent_command_that_is_asked_for_is_due<H: ReadSideHarness>(harness: &H) {
    let node = unsent(harness).await;
    assert_eq!(ask_for(&node, Some(4), Replay, 7).await, 1);
    assert_eq!(ask_for(&node, Some(3), Discard, 8).await, 1);
    assert_eq!(due(&node, 7).await, (vec![1, 4], Some(8)));
    assert_eq!(due(&node, 8).await, (vec![1, 4, 3], None));
    let page = ask::due(&node.store, &node.of, second(8)).await;
    let asked: Vec<_> = page
        .commands
        .iter()
        .map(|command| command.request)
        .collect();
    assert_eq!(asked, [None, Some(Replay), Some(Discard)]);
    let progress = ask::progress(&node.store, &node.of).await;
    assert_eq!(
        progress.parked_commands, 1,
        "the second one is still parked"
    );
}

/// Catches a store that asks for one command when all are meant, or for commands that were never tried.
pub async fn p6_every_unsent_command_can_be_asked_for_at_once<H: ReadSideHarness>(harness: &H) {
    let node = unsent(harness).await;
    assert_eq!(ask_for(&node, None, Replay, 7).await, 3);
    let all = listed(&node).await;
    assert!(all.iter().all(|command| command.request == Some(Replay)));
    assert_eq!(due(&node, 7).await, (vec![1, 4, 2, 3], None));
    assert_eq!(ask_for(&node, Some(1), Discard, 7).await, 0, "not tried");
    assert_eq!(ask_for(&node, Some(77), Discard, 7).await, 0, "not there");
    let unknown = generation("manager", 9);
    let asked = node.store.ask_unsent(&unknown, None, Replay, second(7));
    assert_eq!(asked.await.expect("it is answered"), 0, "of nothing");
}

/// Catches a store where a request stays that was done, so that the command is tried for ever.
pub async fn p6_a_request_is_done_by_an_attempt<H: ReadSideHarness>(harness: &H) {
    let mut node = unsent(harness).await;
    ask_for(&node, Some(2), Replay, 7).await;
    ask_for(&node, Some(4), Replay, 7).await;
    let step = Advance {
        postponed: vec![postponed(2, None)],
        sent: vec![staged_id(4)],
        ..node.step(1, 1)
    };
    expect::done(node.advance(step).await);
    let left: Vec<_> = listed(&node)
        .await
        .iter()
        .map(|command| (command.is_parked, command.request))
        .collect();
    assert_eq!(left, [(true, None), (false, None)], "of 2 and 3");
    assert!(!node.hold(LONG).await.asked, "there is nothing left to do");
}

/// Catches a store that forgets to discard a command because an attempt was on its way.
pub async fn p6_a_request_to_discard_outlives_an_attempt<H: ReadSideHarness>(harness: &H) {
    let mut node = unsent(harness).await;
    ask_for(&node, Some(2), Discard, 7).await;
    ask_for(&node, Some(3), Discard, 7).await;
    let step = Advance {
        postponed: vec![postponed(2, None), postponed(3, Some(99))],
        ..node.step(1, 1)
    };
    expect::done(node.advance(step).await);
    assert_eq!(due(&node, 7).await, (vec![1, 2, 3], None));
    assert!(node.hold(LONG).await.asked);
}

/// Catches a store where the owner never hears of a request, or everybody hears of it.
pub async fn p6_the_holder_hears_of_a_request_for_a_command<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let mut first = Node::of_some(&store, "heard", MANAGER, PartitionCount::from_static(2)).await;
    let step = Advance {
        staged: vec![command(2, "a")],
        postponed: vec![],
        ..first.step_of_all(0, 5)
    };
    expect::done(first.advance(step).await);
    let step = Advance {
        postponed: vec![postponed(2, None)],
        ..first.step(5, 5)
    };
    expect::done(first.advance(step).await);
    let released = store.release(&first.name, &first.of, &[partition(1)]).await;
    released.expect("partitions are released");
    let mut second = Node::holding(&store, "node-b", &first.of, LONG).await;
    assert!(!first.hold(LONG).await.asked);
    ask_for(&first, Some(2), Replay, 7).await;
    assert!(first.hold(LONG).await.asked, "partition 0 is asked for");
    assert!(!second.hold(LONG).await.asked, "partition 1 is not");
}

/// Catches a store that forgets at a restart what is parked, and what somebody asked for.
pub async fn p6_unsent_commands_are_there_after_a_restart<H: ReadSideHarness>(harness: &H) {
    let node = unsent(harness).await;
    ask_for(&node, Some(3), Discard, 7).await;
    let before = listed(&node).await;
    let mut node = Node {
        store: harness.restart_read_side().await,
        ..node
    };
    assert_eq!(listed(&node).await, before);
    assert!(node.hold(LONG).await.asked);
}
