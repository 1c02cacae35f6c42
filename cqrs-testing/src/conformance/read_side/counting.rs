//! P1 and P2 with the runtime: views count every event once, through crashes, lost replies and takeovers.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::position::Position;

use super::application::{idle, node, rough_node, seen, through_crashes, until};
use super::bank::{BALANCE, Balance, deposit, open};
use super::harness::ReadSideHarness;
use super::node::hold;
use super::sample;

const ACCOUNTS: u64 = 12;

/// Opens the accounts.
async fn accounts(cqrs: &Cqrs) {
    for account in 0..ACCOUNTS {
        open(cqrs, account, 0).await;
    }
}

/// Deposits 1 in each account, so many times.
async fn deposits(cqrs: &Cqrs, rounds: u64) -> Position {
    let mut last = Position::START;
    for _ in 0..rounds {
        for account in 0..ACCOUNTS {
            last = deposit(cqrs, account, 1).await;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    last
}

/// Every event is in the documents once: the opening, an empty deposit, and the deposits.
async fn counted(cqrs: &Cqrs, deposits: u64, last: Position) {
    for account in 0..ACCOUNTS {
        let view: Balance = seen(cqrs, account, last).await;
        assert_eq!(
            (view.events, view.amount),
            (deposits + 2, i64::try_from(deposits).unwrap_or_default()),
            "what account {account} has counted"
        );
    }
}

/// Catches a store, or a runner, that loses or doubles what it did when it was cut off.
pub async fn p1_a_view_counts_every_event_once_through_crashes<H: ReadSideHarness>(harness: &H) {
    const ROUNDS: u64 = 40;
    let store = harness.read_side();
    let writer = node::<H>(&store).await;
    accounts(&writer).await;
    let work = deposits(&writer, ROUNDS);
    let last = through_crashes(harness, &[Arc::clone(&store)], work).await;
    let cqrs = node::<H>(&store).await;
    let runners = cqrs.start_runners();
    harness.pass(H::LEASE * 2).await;
    counted(&cqrs, ROUNDS, last).await;
    runners.stop(Duration::from_secs(5)).await;
}

/// Catches a runner that does a step again whose reply was lost, or goes on as if one that failed had been recorded.
pub async fn p1_a_view_counts_every_event_once_through_lost_replies<H: ReadSideHarness>(
    harness: &H,
) {
    const ROUNDS: u64 = 10;
    let store = harness.read_side();
    let cqrs = rough_node::<H>(&store).await;
    accounts(&cqrs).await;
    let runners = cqrs.start_runners();
    let last = deposits(&cqrs, ROUNDS).await;
    counted(&cqrs, ROUNDS, last).await;
    runners.stop(Duration::from_secs(5)).await;
}

/// Catches a runner that begins anew, or forgets what it has not recorded yet, at a restart.
pub async fn p1_a_view_goes_on_after_a_restart<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let first = node::<H>(&store).await;
    accounts(&first).await;
    deposits(&first, 3).await;
    idle(&first).await;
    let last = deposits(&first, 2).await;
    let store = harness.restart_read_side().await;
    harness.pass(H::LEASE * 2).await;
    let second = node::<H>(&store).await;
    idle(&second).await;
    counted(&second, 5, last).await;
}

/// Catches a store, or a runner, with which two nodes advance one processor.
pub async fn p2_nodes_that_come_and_go_count_every_event_once<H: ReadSideHarness>(harness: &H) {
    come_and_go(harness, &[harness.read_side()]).await;
}

/// Catches a store whose nodes don't know of each other.
pub async fn p2_nodes_that_come_and_go_count_every_event_once_across_handles<H: ReadSideHarness>(
    harness: &H,
) {
    come_and_go(
        harness,
        &[harness.read_side(), harness.second_read_side().await],
    )
    .await;
}

async fn come_and_go<H: ReadSideHarness>(harness: &H, stores: &[SharedReadSide]) {
    const ROUNDS: u64 = 40;
    let writer = node::<H>(&stores[0]).await;
    accounts(&writer).await;
    // One that stays, beside those that come and go.
    let stays = node::<H>(&stores[stores.len() - 1]).await;
    let runners = stays.start_runners();
    let last = through_crashes(harness, stores, deposits(&writer, ROUNDS)).await;
    harness.pass(H::LEASE * 2).await;
    counted(&stays, ROUNDS, last).await;
    runners.stop(Duration::from_secs(5)).await;
}

/// Catches a store, or a runner, that goes on after its partitions were taken: each time that they are taken from under
/// the runners, what these have begun is stale.
pub async fn p2_a_runner_that_is_robbed_counts_every_event_once<H: ReadSideHarness>(harness: &H) {
    const ROUNDS: u64 = 40;
    let store = harness.read_side();
    let nodes = [node::<H>(&store).await, node::<H>(&store).await];
    accounts(&nodes[0]).await;
    let runners = nodes.each_ref().map(Cqrs::start_runners);
    let mut work = std::pin::pin!(deposits(&nodes[0], ROUNDS));
    let last = loop {
        let moment = Duration::from_micros(fastrand::u64(..4_000));
        if let Ok(last) = tokio::time::timeout(moment, &mut work).await {
            break last;
        }
        rob(&store).await;
    };
    counted(&nodes[1], ROUNDS, last).await;
    for runners in runners {
        runners.stop(Duration::from_secs(5)).await;
    }
}

/// As if the leases of all nodes had ended: somebody else takes everything, and leaves.
async fn rob(store: &SharedReadSide) {
    let thief = sample::node("thief");
    let progress = store.progress(Some(&BALANCE)).await;
    for progress in progress.expect("progress can be read") {
        let owners = progress.partitions.iter();
        for owner in owners.filter_map(|row| row.owner.as_ref()) {
            store.leave(owner).await.expect("a node can leave");
        }
        hold(store, &thief, &progress.row.of, sample::LONG).await;
    }
    store.leave(&thief).await.expect("a node can leave");
}

/// Catches a runner that never gives back what is beyond its share, so that a second node has nothing to do.
pub async fn p2_two_nodes_share_the_work<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let one = node::<H>(&store).await;
    accounts(&one).await;
    let first = one.start_runners();
    until("the first node holds everything", || holds(&one, &[16])).await;
    let two = node::<H>(&store).await;
    let second = two.start_runners();
    until("both hold half of it", || holds(&one, &[8, 8])).await;
    let last = deposits(&one, 5).await;
    counted(&two, 5, last).await;
    second.stop(Duration::from_secs(5)).await;
    until("the first one holds everything again", || {
        holds(&one, &[16])
    })
    .await;
    let last = deposits(&one, 5).await;
    counted(&one, 10, last).await;
    first.stop(Duration::from_secs(5)).await;
}

/// Whether the nodes that hold partitions of the view hold so many.
pub(super) async fn holds(cqrs: &Cqrs, partitions: &[usize]) -> bool {
    let all = cqrs.processors().await.expect("the status can be read");
    let own = all
        .into_iter()
        .find(|status| status.generation.processor == BALANCE);
    let owners = own.expect("the view is there").owners;
    owners.values().eq(partitions)
}
