//! Rebuilding beside the live one, and switching in one step: P4.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cqrs_core::domain::view::View;
use cqrs_core::ports::leases::{HoldLeases, Leases};
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::builder::BuildError;
use cqrs_core::runtime::read_view::ReadError;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;
use cqrs_memory::Memory;

use super::domain::{Account, AccountEvent, AccountId, Checked, deposit, open};

const NAME: ProcessorName = ProcessorName::from_static("totals");

macro_rules! totals {
    ($name:ident, version = $version:literal, partitions = $partitions:literal, factor = $factor:literal) => {
        #[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
        pub(super) struct $name {
            pub(super) total: i64,
        }

        impl View for $name {
            const NAME: ProcessorName = NAME;
            const VERSION: u32 = $version;
            const PARTITIONS: PartitionCount = PartitionCount::from_static($partitions);
            type Event = AccountEvent;
            type Key = AccountId;

            fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = AccountId> {
                event.id()
            }

            fn apply(&mut self, event: &Recorded<AccountEvent>) {
                if let AccountEvent::Deposited { amount, .. } = event.event {
                    self.total += amount * $factor;
                }
            }
        }
    };
}

totals!(First, version = 1, partitions = 16, factor = 1);
totals!(Second, version = 2, partitions = 5, factor = 100);
totals!(Changed, version = 1, partitions = 5, factor = 1);

pub(super) async fn bank<V: View>(store: &Memory) -> Result<Cqrs, BuildError> {
    Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .view::<V>()
        .build()
        .await
}

#[tokio::test]
async fn a_raised_version_is_built_beside_the_live_one() -> Checked {
    let store = Memory::new();
    let old = bank::<First>(&store).await?;
    open(&old, 1, 3).await?;
    old.run_until_idle().await?;
    let new = bank::<Second>(&store).await?;
    let before = new
        .view::<Second>(AccountId(1))
        .await?
        .ok_or("no document")?;
    assert_eq!(
        before.total, 3,
        "the live one is read until the new one has caught up"
    );
    new.run_until_idle().await?;
    let after = new
        .view::<Second>(AccountId(1))
        .await?
        .ok_or("no document")?;
    assert_eq!(after.total, 300);
    // The old program reads on, and does not begin a generation of its own.
    let read = old
        .view::<First>(AccountId(1))
        .await?
        .ok_or("no document")?;
    assert_eq!(read.total, 300);
    old.run_until_idle().await?;
    let third = bank::<First>(&store).await?;
    third.run_until_idle().await?;
    let statuses = third.processors().await?;
    assert_eq!(statuses.len(), 1);
    assert_eq!(statuses[0].version, 2);
    Ok(())
}

#[tokio::test]
async fn another_number_of_partitions_needs_another_version() -> Checked {
    let store = Memory::new();
    bank::<First>(&store).await?;
    let error = bank::<Changed>(&store).await.unwrap_err();
    assert!(
        error.to_string().contains("16 partitions, the code says 5"),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn the_first_build_over_an_old_log_is_not_read_before_it_is_whole() -> Checked {
    let store = Memory::new();
    let before = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .build()
        .await?;
    open(&before, 1, 3).await?;
    let cqrs = bank::<First>(&store).await?;
    let error = cqrs.view::<First>(AccountId(1)).await.unwrap_err();
    assert!(matches!(error, ReadError::Building { .. }), "{error}");
    cqrs.run_until_idle().await?;
    let view = cqrs
        .view::<First>(AccountId(1))
        .await?
        .ok_or("no document")?;
    assert_eq!(view.total, 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_under_load_never_sees_less_than_before() -> Checked {
    let store = Memory::new();
    let cqrs = bank::<First>(&store).await?;
    for account in 0..10 {
        open(&cqrs, account, 1).await?;
    }
    let runners = cqrs.start_runners();
    let last = deposit(&cqrs, 0, 1).await?;
    cqrs.views::<First>().at_least(last).await?;
    let is_over = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (cqrs, is_over) = (cqrs.clone(), Arc::clone(&is_over));
        async move {
            let mut last = last;
            while !is_over.load(Ordering::SeqCst) {
                for account in 0..10 {
                    last = deposit(&cqrs, account, 1).await.unwrap();
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            last
        }
    });
    let reader = tokio::spawn({
        let (cqrs, is_over) = (cqrs.clone(), Arc::clone(&is_over));
        async move {
            let mut seen = [0; 10];
            let mut reads = 0;
            while !is_over.load(Ordering::SeqCst) {
                for account in 0..10_u64 {
                    let view = cqrs.view::<First>(AccountId(account)).await.unwrap();
                    let total = view.expect("never empty").total;
                    let before = &mut seen[usize::try_from(account).unwrap()];
                    assert!(
                        total >= *before,
                        "account {account}: {total} after {before}"
                    );
                    *before = total;
                    reads += 1;
                }
                tokio::task::yield_now().await;
            }
            reads
        }
    });
    for generation in 2..=5 {
        let rebuild = cqrs.rebuild::<First>().await?;
        assert_eq!(rebuild.generation().generation.get(), generation);
        let done = tokio::time::timeout(Duration::from_secs(10), rebuild.finished()).await??;
        assert!(done.is_live);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    is_over.store(true, Ordering::SeqCst);
    let last = writer.await?;
    assert!(reader.await? > 100);
    cqrs.views::<First>().at_least(last).await?;
    for account in 0..10 {
        let view = cqrs
            .view::<First>(AccountId(account))
            .await?
            .ok_or("no document")?;
        let aggregate = super::domain::balance(&cqrs, account).await?;
        assert_eq!(view.total, aggregate);
    }
    assert!(runners.stop(Duration::from_secs(5)).await);
    Ok(())
}

#[derive(Serialize, Deserialize, Default, Debug)]
struct SinceThen {
    total: i64,
}

impl View for SinceThen {
    const NAME: ProcessorName = ProcessorName::from_static("since_then");
    const START: StartFrom = StartFrom::After(Position::from_static(2));
    type Event = AccountEvent;
    type Key = AccountId;

    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = AccountId> {
        event.id()
    }

    fn apply(&mut self, event: &Recorded<AccountEvent>) {
        if let AccountEvent::Deposited { amount, .. } = event.event {
            self.total += amount;
        }
    }
}

#[tokio::test]
async fn a_rebuild_starts_after_the_position_that_the_first_build_did() -> Checked {
    let store = Memory::new();
    let before = bank::<First>(&store).await?;
    open(&before, 1, 1_000).await?;
    let cqrs = bank::<SinceThen>(&store).await?;
    deposit(&cqrs, 1, 5).await?;
    cqrs.run_until_idle().await?;
    for generation in 2..=3 {
        let mut rebuild = cqrs.rebuild::<SinceThen>().await?;
        cqrs.run_until_idle().await?;
        let progress = rebuild.progress().await?;
        assert!(progress.is_live);
        assert_eq!(progress.generation.generation.get(), generation);
        let read = cqrs.view::<SinceThen>(AccountId(1)).await?;
        assert_eq!(read.ok_or("no document")?.total, 5);
    }
    Ok(())
}

/// A node that drives none of the partitions has not caught up: it knows nothing.
#[tokio::test]
async fn a_node_that_holds_nothing_does_not_make_a_build_live() -> Checked {
    let store = Memory::new();
    let before = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .build()
        .await?;
    open(&before, 1, 3).await?;
    let holder = bank::<First>(&store).await?;
    let generation = holder.processors().await?[0].generation.clone();
    store
        .hold(HoldLeases {
            node: NodeId::unique(),
            lease: Duration::from_mins(1),
            generations: vec![generation],
        })
        .await?;
    let other = bank::<First>(&store).await?;
    other.run_until_idle().await?;
    let error = other.view::<First>(AccountId(1)).await.unwrap_err();
    assert!(matches!(error, ReadError::Building { .. }), "{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rebuild_in_several_tasks_under_load_leaves_what_a_clean_build_does() -> Checked {
    const ACCOUNTS: u64 = 40;
    let store = Memory::new();
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .view::<First>()
        .rebuild_batch(7)
        .rebuild_tasks(4)
        .build()
        .await?;
    for account in 0..ACCOUNTS {
        open(&cqrs, account, 1).await?;
    }
    let runners = cqrs.start_runners();
    let is_over = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (cqrs, is_over) = (cqrs.clone(), Arc::clone(&is_over));
        async move {
            let mut last = Position::START;
            while !is_over.load(Ordering::SeqCst) {
                for account in 0..ACCOUNTS {
                    last = deposit(&cqrs, account, 1).await.unwrap();
                }
                // Slower than the batches of 7, which must catch up with it.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            last
        }
    });
    for _ in 0..5 {
        let rebuild = cqrs.rebuild::<First>().await?;
        let done = tokio::time::timeout(Duration::from_secs(20), rebuild.finished()).await??;
        assert!(done.is_live);
    }
    is_over.store(true, Ordering::SeqCst);
    let last = writer.await?;
    // One lane has taken over from the four, and goes on.
    cqrs.views::<First>().at_least(last).await?;
    for account in 0..ACCOUNTS {
        let view = cqrs.view::<First>(AccountId(account)).await?;
        let aggregate = super::domain::balance(&cqrs, account).await?;
        assert_eq!(view.ok_or("no document")?.total, aggregate);
    }
    assert!(runners.stop(Duration::from_secs(5)).await);
    Ok(())
}
