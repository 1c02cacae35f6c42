//! What a node knows of documents without asking the store, and when it has to ask. P1, P2.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cqrs_core::runtime::app::Cqrs;
use cqrs_memory::Memory;
use cqrs_testing::faulty_read_side::{AdvanceFault, FaultyReadSide};
use cqrs_testing::manual_clock::ManualClock;

use super::domain::{Account, AccountId, Balance, Checked, deposit, open};

const LEASE: Duration = Duration::from_secs(5);

async fn node(store: &FaultyReadSide) -> Result<Cqrs, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .view::<Balance>()
        .lease(LEASE)
        .build()
        .await?)
}

async fn balance(cqrs: &Cqrs) -> Result<(i64, u64), Box<dyn std::error::Error + Send + Sync>> {
    let view = cqrs.view::<Balance>(AccountId(1)).await?;
    Ok(view.map_or((0, 0), |view| (view.amount, view.events)))
}

#[tokio::test]
async fn nobody_asks_for_what_this_node_has_written() -> Checked {
    let store = FaultyReadSide::new(Memory::new());
    let cqrs = node(&store).await?;
    open(&cqrs, 1, 1).await?;
    for amount in 2..=4 {
        cqrs.run_until_idle().await?;
        deposit(&cqrs, 1, amount).await?;
    }
    cqrs.run_until_idle().await?;
    assert_eq!(balance(&cqrs).await?, (10, 5));
    assert_eq!(store.loaded(), 0);
    Ok(())
}

#[tokio::test]
async fn after_a_restart_each_document_is_asked_for_once() -> Checked {
    let store = FaultyReadSide::new(Memory::new());
    let before = node(&store).await?;
    open(&before, 1, 1).await?;
    before.run_until_idle().await?;
    before.start_runners().stop(LEASE).await;

    let cqrs = node(&store).await?;
    for amount in 2..=4 {
        deposit(&cqrs, 1, amount).await?;
        cqrs.run_until_idle().await?;
    }
    assert_eq!(balance(&cqrs).await?, (10, 5));
    assert_eq!(store.loaded(), 1);
    Ok(())
}

/// The document of the first node is old by the time when it has the partition again.
#[tokio::test]
async fn what_another_node_has_written_meanwhile_is_asked_for() -> Checked {
    let clock = ManualClock::default();
    let store = FaultyReadSide::new(Memory::new().with_clock(Arc::new(clock.clone())));
    let nodes = [node(&store).await?, node(&store).await?];
    open(&nodes[0], 1, 1).await?;
    for round in 0..6 {
        // Each takes over from the other, whose lease has ended.
        clock.advance(LEASE * 2);
        nodes[round % 2].run_until_idle().await?;
        assert_eq!(balance(&nodes[0]).await?.0, 1 + i64::try_from(round)?);
        deposit(&nodes[0], 1, 1).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_step_whose_outcome_is_unknown_makes_its_documents_unknown() -> Checked {
    for fault in [AdvanceFault::LoseReply, AdvanceFault::Unavailable] {
        let store = FaultyReadSide::new(Memory::new());
        let cqrs = node(&store).await?;
        open(&cqrs, 1, 1).await?;
        cqrs.run_until_idle().await?;
        deposit(&cqrs, 1, 2).await?;
        let is_first = AtomicBool::new(true);
        store.fail_steps(move |_| is_first.swap(false, Ordering::Relaxed).then_some(fault));
        cqrs.run_until_idle().await.unwrap_err();
        deposit(&cqrs, 1, 3).await?;
        cqrs.run_until_idle().await?;
        assert_eq!(balance(&cqrs).await?, (6, 4), "{fault:?}");
        assert_eq!(store.loaded(), 1, "{fault:?}");
    }
    Ok(())
}
