//! What the status of a processor says, field by field, and what the health check sees.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cqrs_core::domain::error_policy::{ErrorDecision, Failure};
use cqrs_core::ports::leases::{HoldLeases, Leases};
use cqrs_core::ports::processors::{GenerationState, ProcessorKind};
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::status::{ProcessorState, ProcessorStatus};
use cqrs_core::words::generation::{Generation, GenerationId};
use cqrs_core::words::node::NodeId;
use cqrs_memory::Memory;
use cqrs_testing::manual_clock::ManualClock;

use super::domain::{Account, AccountId, Balance, Checked, Open, deposit, open};
use super::metrics::eventually;
use super::reminding::Reminding;

type Made = Result<Cqrs, Box<dyn std::error::Error + Send + Sync>>;

async fn application(store: &Memory, clock: &ManualClock) -> Made {
    Ok(Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .view::<Balance>()
        .process_manager::<Reminding>()
        .error_policy(|_: &Failure| ErrorDecision::Park)
        .longest_lag(Duration::from_secs(30))
        .clock(clock.clone())
        .node(NodeId::new("ada's")?)
        .build()
        .await?)
}

fn stores() -> (Memory, ManualClock) {
    let clock = ManualClock::default();
    (Memory::new().with_clock(Arc::new(clock.clone())), clock)
}

async fn status(
    cqrs: &Cqrs,
    name: &str,
) -> Result<ProcessorStatus, Box<dyn std::error::Error + Send + Sync>> {
    let all = cqrs.processors().await?;
    let of = all
        .into_iter()
        .find(|status| status.generation.processor.as_str() == name);
    Ok(of.ok_or("it is not there")?)
}

#[tokio::test]
async fn the_status_says_what_a_processor_is_and_how_far_it_is_behind() -> Checked {
    let (store, clock) = stores();
    let cqrs = application(&store, &clock).await?;
    let last = open(&cqrs, 1, 5).await?;
    clock.advance(Duration::from_secs(10));
    let behind = status(&cqrs, "balance").await?;
    assert_eq!(behind.generation.generation, Generation::FIRST);
    assert_eq!((behind.kind, behind.version), (ProcessorKind::View, 1));
    assert_eq!(behind.generation_state, GenerationState::Live);
    assert_eq!(behind.state, ProcessorState::Idle);
    assert_eq!(behind.position.get(), 0);
    assert_eq!(
        (behind.lag_events, behind.lag),
        (2, Duration::from_secs(10))
    );
    assert!(behind.owners.is_empty());
    assert_eq!(behind.idle_partitions, 16);

    cqrs.run_until_idle().await?;
    let done = status(&cqrs, "balance").await?;
    assert_eq!(done.position, last);
    assert_eq!((done.lag_events, done.lag), (0, Duration::ZERO));
    assert_eq!(done.owners, BTreeMap::from([(NodeId::new("ada's")?, 16)]));
    assert_eq!(done.idle_partitions, 0);
    assert_eq!(done.last_error, None);
    Ok(())
}

#[tokio::test]
async fn a_lag_of_thousands_is_counted_by_positions() -> Checked {
    let (store, clock) = stores();
    let cqrs = application(&store, &clock).await?;
    open(&cqrs, 1, 5).await?;
    for _ in 0..1_200 {
        deposit(&cqrs, 1, 1).await?;
    }
    assert_eq!(status(&cqrs, "balance").await?.lag_events, 1_202);
    Ok(())
}

#[tokio::test]
async fn the_status_says_the_rate() -> Checked {
    let (store, clock) = stores();
    let cqrs = application(&store, &clock).await?;
    for account in 0..10 {
        open(&cqrs, account, 5).await?;
    }
    cqrs.run_until_idle().await?;
    clock.advance(Duration::from_secs(10));
    let rate = status(&cqrs, "balance").await?.rate;
    assert!(
        (rate - 2.0).abs() < 0.001,
        "20 events in 10 seconds: {rate}"
    );
    Ok(())
}

#[tokio::test]
async fn the_status_says_what_is_parked_and_why() -> Checked {
    let (store, clock) = stores();
    let cqrs = application(&store, &clock).await?;
    let poison = Open {
        account: AccountId(1),
        owner: "poison".into(),
    };
    let _ = cqrs.send(poison).await?;
    deposit(&cqrs, 1, 5).await?;
    cqrs.run_until_idle().await?;
    let status = status(&cqrs, "balance").await?;
    assert_eq!((status.parked_keys, status.parked_events), (1, 2));
    let error = status.last_error.ok_or("it has failed")?;
    assert!(error.contains("can't stand"), "{error}");
    Ok(())
}

#[tokio::test]
async fn the_state_follows_the_runners() -> Checked {
    let (store, clock) = stores();
    let cqrs = application(&store, &clock).await?;
    let runners = cqrs.start_runners();
    let last = open(&cqrs, 1, 5).await?;
    cqrs.view::<Balance>(AccountId(1)).at_least(last).await?;
    let mut state = ProcessorState::Idle;
    for _ in 0..1_000 {
        state = status(&cqrs, "balance").await?.state;
        if state == ProcessorState::Running {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(state, ProcessorState::Running);
    runners.stop(Duration::from_secs(1)).await;
    assert_eq!(status(&cqrs, "balance").await?.state, ProcessorState::Idle);
    Ok(())
}

#[tokio::test]
async fn the_health_check_sees_a_lease_that_has_ended_and_that_nobody_took() -> Checked {
    let (store, clock) = stores();
    let cqrs = application(&store, &clock).await?;
    cqrs.run_until_idle().await?;
    assert!(cqrs.check_health().await?.is_healthy());
    clock.advance(Duration::from_secs(6));
    let health = cqrs.check_health().await?;
    assert_eq!(health.problems.len(), 2, "{health:?}");
    assert!(
        health.problems[0].contains("nobody holds 16 partitions of balance"),
        "{health:?}"
    );
    Ok(())
}

#[tokio::test]
async fn runners_tell_of_partitions_that_another_node_should_hold_and_does_not() -> Checked {
    let store = Memory::new();
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .view::<Balance>()
        .lease(Duration::from_millis(300))
        .build()
        .await?;
    let of = GenerationId::new(Balance::NAME, Generation::FIRST);
    let lazy = HoldLeases {
        node: NodeId::new("lazy")?,
        lease: Duration::from_mins(10),
        generations: vec![of.clone()],
    };
    let held = store.hold(lazy).await?.remove(0);
    let partitions: Vec<_> = held.partitions.iter().map(|held| held.partition).collect();
    store
        .release(&NodeId::new("lazy")?, &of, &partitions)
        .await?;
    let runners = cqrs.start_runners();
    eventually("the problem", || {
        let problems = cqrs.health().problems;
        problems
            .iter()
            .any(|problem| problem.contains("nobody holds 8 partitions"))
    })
    .await;
    runners.stop(Duration::from_secs(1)).await;
    assert!(
        cqrs.health().is_healthy(),
        "what was seen last is forgotten"
    );
    Ok(())
}

#[tokio::test]
async fn the_health_check_sees_a_lag_that_is_too_long() -> Checked {
    let (store, clock) = stores();
    let cqrs = application(&store, &clock).await?;
    cqrs.run_until_idle().await?;
    open(&cqrs, 1, 5).await?;
    clock.advance(Duration::from_secs(31));
    let health = cqrs.check_health().await?;
    let lag = "balance is 31 s behind, which is longer than 30 s";
    assert!(
        health.problems.iter().any(|problem| problem == lag),
        "{health:?}"
    );
    Ok(())
}
