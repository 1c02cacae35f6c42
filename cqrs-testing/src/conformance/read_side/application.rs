//! Applications over the store of a harness, as several programs on several nodes have them.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::domain::error_policy::{ErrorDecision, Failure};
use cqrs_core::domain::view::View;
use cqrs_core::ports::read_side::{ReadSide, SharedReadSide};
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::builder::CqrsBuilder;
use cqrs_core::words::position::Position;

use super::bank::{Account, AccountId, Balance, Moving, Transfer};
use super::harness::ReadSideHarness;
use crate::faulty_read_side::{AdvanceFault, FaultyReadSide};

/// How long a test waits for what the runners do.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

pub(super) const PARK: fn(&Failure) -> ErrorDecision = |_| ErrorDecision::Park;

/// The bank without processors. Each one that is built is a node of its own.
pub(super) fn bank<H: ReadSideHarness>(store: &SharedReadSide) -> CqrsBuilder<FaultyReadSide> {
    Cqrs::builder(FaultyReadSide::over(Arc::clone(store)))
        .aggregate::<Account>()
        .aggregate::<Transfer>()
        .lease(H::LEASE)
        .batch(20)
}

pub(super) async fn built<S: ReadSide>(builder: CqrsBuilder<S>) -> Cqrs {
    builder.build().await.expect("the application is right")
}

/// The bank with balances and transfers.
fn banking<H: ReadSideHarness>(store: &SharedReadSide) -> CqrsBuilder<FaultyReadSide> {
    bank::<H>(store)
        .view::<Balance>()
        .process_manager::<Moving>()
}

/// A node with balances and transfers.
pub(super) async fn node<H: ReadSideHarness>(store: &SharedReadSide) -> Cqrs {
    built(banking::<H>(store)).await
}

/// A node with balances and transfers of whose steps every third fails, each time in another way.
pub(super) async fn rough_node<H: ReadSideHarness>(store: &SharedReadSide) -> Cqrs {
    let store = FaultyReadSide::over(Arc::clone(store));
    let mut count = 0_u32;
    store.fail_steps(move |_| {
        count += 1;
        match count % 9 {
            2 => Some(AdvanceFault::LoseReply),
            5 => Some(AdvanceFault::Unavailable),
            8 => Some(AdvanceFault::Retryable),
            _ => None,
        }
    });
    let builder = Cqrs::builder(store)
        .aggregate::<Account>()
        .aggregate::<Transfer>()
        .lease(H::LEASE)
        .batch(5);
    let builder = builder.view::<Balance>().process_manager::<Moving>();
    builder.build().await.expect("the application is right")
}

pub(super) async fn idle(cqrs: &Cqrs) {
    let ran = cqrs.run_until_idle().await;
    ran.expect("the processors run");
}

/// The balance of an account, not before it has seen this position.
pub(super) async fn seen<V: View<Key = AccountId>>(
    cqrs: &Cqrs,
    account: u64,
    position: Position,
) -> V {
    let read = cqrs
        .view::<V>(AccountId(account))
        .at_least(position)
        .within(PATIENCE);
    let view = read.await.expect("the view can be read");
    view.unwrap_or_else(|| panic!("account {account} has a document"))
}

/// Starts runners of the bank and cuts them off at a random moment, again and again, until this has come to its end.
pub(super) async fn through_crashes<H: ReadSideHarness, T>(
    harness: &H,
    stores: &[SharedReadSide],
    work: impl Future<Output = T>,
) -> T {
    through_crashes_of(harness, stores, banking::<H>, work).await
}

/// The same with the runners of any application.
pub(super) async fn through_crashes_of<H: ReadSideHarness, S: ReadSide, T>(
    harness: &H,
    stores: &[SharedReadSide],
    builder: impl Fn(&SharedReadSide) -> CqrsBuilder<S>,
    work: impl Future<Output = T>,
) -> T {
    let mut work = std::pin::pin!(work);
    for round in 0_usize.. {
        let cqrs = built(builder(&stores[round % stores.len()])).await;
        let runners = cqrs.start_runners();
        // Longer with time, so that a slow store comes on as well.
        let moment = Duration::from_micros(fastrand::u64(..8_000 + 1_000 * round as u64));
        let ended = tokio::time::timeout(moment, &mut work).await;
        if round % 4 == 3 {
            // As a program that is killed: it gives nothing back.
            drop(runners);
            harness.pass(H::LEASE * 2).await;
        } else {
            runners.stop(Duration::ZERO).await;
        }
        if let Ok(ended) = ended {
            assert!(
                round >= 3,
                "the runners were cut off several times, not {round}"
            );
            return ended;
        }
    }
    unreachable!("the rounds never end")
}

/// Waits until this holds.
pub(super) async fn until<F: Future<Output = bool> + Send>(
    what: &str,
    holds: impl Fn() -> F + Send,
) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(waited.is_ok(), "{what} within {PATIENCE:?}");
}
