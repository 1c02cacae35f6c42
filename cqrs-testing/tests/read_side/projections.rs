//! Projections: the user's own rows, with a plain `+=`, exactly once. P1.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cqrs_core::domain::error_policy::{ErrorDecision, Failure};
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::projection::Projection;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::processor::ProcessorName;
use cqrs_memory::{Memory, MemoryTransaction};

use super::domain::{Account, AccountEvent, Checked, deposit, open};

const TOTALS: ProcessorName = ProcessorName::from_static("totals");

/// What was deposited altogether; fails at deposits of 13 as often as it is told to.
#[derive(Clone, Default)]
struct Totals {
    fails: Arc<AtomicU32>,
}

impl Projection<Memory> for Totals {
    const NAME: ProcessorName = TOTALS;
    const PARTITIONS: PartitionCount = PartitionCount::from_static(4);
    type Event = AccountEvent;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    async fn setup(&self, tx: &mut MemoryTransaction) -> Result<(), Self::Error> {
        if tx.get("totals", "is there").is_none() {
            tx.put("totals", "is there", Payload::encode(&true)?);
        }
        Ok(())
    }

    async fn project(
        &self,
        event: &Recorded<AccountEvent>,
        tx: &mut MemoryTransaction,
    ) -> Result<(), Self::Error> {
        let AccountEvent::Deposited { amount, .. } = event.event else {
            return Ok(());
        };
        let key = event.stream.to_string();
        let mut total: i64 = tx.get("totals", &key).map_or(Ok(0), |row| row.decode())?;
        total += amount;
        tx.put("totals", key, Payload::encode(&total)?);
        let fails = self
            .fails
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        if amount == 13 && fails.is_ok() {
            return Err("thirteen".into());
        }
        Ok(())
    }
}

async fn bank(
    store: &Memory,
    totals: Totals,
) -> Result<Cqrs, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .projection(totals)
        .error_policy(|_: &Failure| ErrorDecision::Park)
        .lease(Duration::from_millis(200))
        .batch(10)
        .build()
        .await?)
}

fn total(store: &Memory, account: u64) -> Option<i64> {
    let row = store.row(&TOTALS, "totals", &format!("account-{account}"))?;
    row.decode().ok()
}

#[tokio::test]
async fn writes_and_checkpoint_are_one() -> Checked {
    let store = Memory::new();
    let cqrs = bank(&store, Totals::default()).await?;
    for account in 0..20 {
        open(&cqrs, account, 1).await?;
    }
    cqrs.run_until_idle().await?;
    deposit(&cqrs, 7, 2).await?;
    cqrs.run_until_idle().await?;
    cqrs.run_until_idle().await?;
    assert_eq!((total(&store, 7), total(&store, 8)), (Some(3), Some(1)));
    assert!(store.row(&TOTALS, "totals", "is there").is_some());
    Ok(())
}

#[tokio::test]
async fn a_batch_that_fails_is_run_one_by_one_and_writes_nothing_of_the_culprit() -> Checked {
    let store = Memory::new();
    let totals = Totals::default();
    let cqrs = bank(&store, totals.clone()).await?;
    for account in 0..20 {
        open(&cqrs, account, if account == 5 { 13 } else { 1 }).await?;
    }
    totals.fails.store(u32::MAX, Ordering::SeqCst);
    cqrs.run_until_idle().await?;
    for account in 0..20 {
        let expected = (account != 5).then_some(1);
        assert_eq!(total(&store, account), expected, "account {account}");
    }
    totals.fails.store(0, Ordering::SeqCst);
    assert!(
        cqrs.parked(TOTALS)
            .replay(&DocumentKey::new("account-5")?)
            .await?
    );
    cqrs.run_until_idle().await?;
    assert_eq!(total(&store, 5), Some(13));
    Ok(())
}

#[tokio::test]
async fn a_replay_that_fails_again_counts_the_attempts() -> Checked {
    let store = Memory::new();
    let totals = Totals::default();
    totals.fails.store(u32::MAX, Ordering::SeqCst);
    let cqrs = bank(&store, totals.clone()).await?;
    open(&cqrs, 5, 13).await?;
    deposit(&cqrs, 5, 1).await?;
    cqrs.run_until_idle().await?;
    let key = DocumentKey::new("account-5")?;
    for attempts in 2..5 {
        assert!(cqrs.parked(TOTALS).replay(&key).await?);
        cqrs.run_until_idle().await?;
        let parked = cqrs.parked(TOTALS).of_key(&key, 10).await?;
        assert_eq!(parked.len(), 2);
        let failure = parked[0].event.failure.clone().ok_or("it failed")?;
        assert_eq!(
            (failure.attempts, failure.error.as_str()),
            (attempts, "thirteen")
        );
    }
    assert!(cqrs.parked(TOTALS).discard(&key).await?);
    cqrs.run_until_idle().await?;
    assert_eq!(total(&store, 5), Some(1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_exactly_while_nodes_come_and_go_and_it_is_rebuilt() -> Checked {
    let store = Memory::new();
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(bank(&store, Totals::default()).await?);
    }
    for account in 0..10 {
        open(&nodes[0], account, 0).await?;
    }
    for round in 0..12 {
        let runners: Vec<_> = nodes.iter().map(Cqrs::start_runners).collect();
        if round % 4 == 3 {
            let _ = nodes[0].rebuild_processor(&TOTALS).await?;
        }
        for account in 0..10 {
            for _ in 0..5 {
                deposit(&nodes[0], account, 1).await?;
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        drop(runners);
    }
    let _runners = nodes[1].start_runners();
    for account in 0..10 {
        let key = format!("account-{account}");
        let last = deposit(&nodes[0], account, 1).await?;
        nodes[1].wait_for(TOTALS, &key, last).await?;
        assert_eq!(total(&store, account), Some(61), "account {account}");
    }
    Ok(())
}
