//! P3: somebody asks for parked events to be replayed or discarded, and their owner hears of it.

use cqrs_core::ports::advance::Advance;
use cqrs_core::ports::parked::ParkedRequest::{self, Discard, Replay};
use cqrs_core::words::partition::PartitionCount;

use super::ask;
use super::expect;
use super::harness::ReadSideHarness;
use super::node::Node;
use super::sample::{LONG, MANAGER, at, failed, generation, key, partition, waiting};

/// A node whose keys `a` and `b` are blocked; of `a` two events are parked.
async fn blocked<H: ReadSideHarness>(harness: &H) -> Node {
    let store = harness.read_side();
    let node = Node::alone(&store, "asked", MANAGER).await;
    let step = Advance {
        parked: vec![failed("a", 1), waiting("a", 2), failed("b", 3)],
        ..node.step(0, 5)
    };
    expect::done(node.advance(step).await);
    node
}

/// What is asked for, for each parked event by position.
async fn requests(node: &Node) -> Vec<Option<ParkedRequest>> {
    let parked = ask::parked(&node.store, &node.of).await;
    parked.iter().map(|parked| parked.request).collect()
}

async fn request(node: &Node, text: Option<&str>, request: ParkedRequest) -> u64 {
    let key = text.map(key);
    let asked = node.store.ask(&node.of, key.as_ref(), request).await;
    asked.expect("parked events can be asked for")
}

/// Catches a store that keeps a request with every event of the key, or with the last.
pub async fn p3_a_request_is_kept_with_the_first_event_of_the_key<H: ReadSideHarness>(harness: &H) {
    let node = blocked(harness).await;
    assert_eq!(request(&node, Some("a"), Replay).await, 1);
    assert_eq!(requests(&node).await, [Some(Replay), None, None]);
    let read = ask::read(&node.store, &node.of, "a").await;
    assert_eq!(
        read.blocked.and_then(|blocked| blocked.request),
        Some(Replay)
    );
}

/// Catches a store that asks for one key when all are meant, or says another number.
pub async fn p3_every_blocked_key_can_be_asked_for_at_once<H: ReadSideHarness>(harness: &H) {
    let node = blocked(harness).await;
    assert_eq!(
        request(&node, None, Replay).await,
        2,
        "keys that are asked for"
    );
    assert_eq!(requests(&node).await, [Some(Replay), None, Some(Replay)]);
}

/// Catches a store that does not let anybody change their mind.
pub async fn p3_a_later_request_is_kept_in_place_of_an_earlier_one<H: ReadSideHarness>(
    harness: &H,
) {
    let node = blocked(harness).await;
    request(&node, None, Replay).await;
    assert_eq!(request(&node, Some("b"), Discard).await, 1);
    assert_eq!(requests(&node).await, [Some(Replay), None, Some(Discard)]);
}

/// Catches a store that invents parked events for whoever asks.
pub async fn p3_asking_for_what_is_not_parked_changes_nothing<H: ReadSideHarness>(harness: &H) {
    let mut node = blocked(harness).await;
    assert_eq!(request(&node, Some("nobody"), Replay).await, 0);
    for of in [generation("asked", 2), generation("nothing", 1)] {
        let asked = node.store.ask(&of, None, Replay).await;
        assert_eq!(asked.expect("parked events can be asked for"), 0, "of {of}");
    }
    assert_eq!(requests(&node).await, [None; 3]);
    assert!(!node.hold(LONG).await.asked);
}

/// Catches a store where a request stays that was done: the event would be tried for ever.
pub async fn p3_a_request_is_forgotten_when_the_event_is_parked_again<H: ReadSideHarness>(
    harness: &H,
) {
    let mut node = blocked(harness).await;
    request(&node, None, Replay).await;
    let step = Advance {
        parked: vec![failed("a", 1)],
        unparked: vec![(key("b"), at(3))],
        ..node.step(5, 5)
    };
    expect::done(node.advance(step).await);
    assert_eq!(requests(&node).await, [None, None]);
    assert!(!node.hold(LONG).await.asked, "there is nothing left to do");
}

/// Catches a store that keeps the request of an event for the one behind it, which nobody meant to be discarded.
pub async fn p3_a_request_goes_with_the_event_that_is_unparked<H: ReadSideHarness>(harness: &H) {
    let node = blocked(harness).await;
    request(&node, Some("a"), Discard).await;
    let step = Advance {
        unparked: vec![(key("a"), at(1))],
        ..node.step(5, 5)
    };
    expect::done(node.advance(step).await);
    assert_eq!(requests(&node).await, [None, None], "of 2 and 3");
}

/// Catches a store where the owner never hears of a request, or everybody hears of it.
pub async fn p3_the_holder_of_the_partition_hears_of_a_request<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let mut first = Node::of_some(&store, "heard", MANAGER, PartitionCount::from_static(2)).await;
    let step = Advance {
        parked: vec![failed("a", 1)],
        ..first.step_of_all(0, 5)
    };
    expect::done(first.advance(step).await);
    let released = store.release(&first.name, &first.of, &[partition(1)]).await;
    released.expect("partitions are released");
    let mut second = Node::holding(&store, "node-b", &first.of, LONG).await;
    assert_eq!(second.held.len(), 1, "each holds one");
    assert!(!first.hold(LONG).await.asked);
    request(&first, Some("a"), Replay).await;
    assert!(first.hold(LONG).await.asked, "partition 0 is asked for");
    assert!(!second.hold(LONG).await.asked, "partition 1 is not");
    let step = Advance {
        unparked: vec![(key("a"), at(1))],
        ..first.step(5, 5)
    };
    expect::done(first.advance(step).await);
    assert!(!first.hold(LONG).await.asked, "it is done");
}

/// Catches a store that forgets at a restart what somebody asked for.
pub async fn p3_a_request_is_there_after_a_restart<H: ReadSideHarness>(harness: &H) {
    let node = blocked(harness).await;
    request(&node, Some("b"), Discard).await;
    let mut node = Node {
        store: harness.restart_read_side().await,
        ..node
    };
    assert_eq!(requests(&node).await, [None, None, Some(Discard)]);
    assert!(node.hold(LONG).await.asked);
}
