//! Several nodes on one store: shares, takeover, stale writes. P1, P2.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::domain::view::View;
use cqrs_core::ports::advance::{Advance, AdvanceError, AdvanceProcessors, PartitionAdvance};
use cqrs_core::ports::leases::{HoldLeases, Leases};
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::generation::{Generation, GenerationId};
use cqrs_core::words::node::NodeId;
use cqrs_memory::Memory;
use cqrs_testing::manual_clock::ManualClock;

use super::domain::{Account, AccountId, Balance, Checked, deposit, open};

async fn node(store: &Memory) -> Result<Cqrs, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .view::<Balance>()
        .lease(Duration::from_millis(300))
        .batch(20)
        .build()
        .await?)
}

fn hold(name: &str, lease: Duration) -> HoldLeases {
    HoldLeases {
        node: NodeId::new(name).unwrap(),
        lease,
        generations: vec![GenerationId::new(Balance::NAME, Generation::FIRST)],
    }
}

#[tokio::test]
async fn partitions_are_shared_fairly_and_taken_over_after_the_lease() -> Checked {
    let clock = ManualClock::default();
    let store = Memory::new().with_clock(Arc::new(clock.clone()));
    node(&store).await?;
    let lease = Duration::from_secs(5);
    let alone = store.hold(hold("a", lease)).await?;
    assert_eq!((alone[0].partitions.len(), alone[0].share), (16, 16));
    let second = store.hold(hold("b", lease)).await?;
    assert_eq!((second[0].partitions.len(), second[0].share), (0, 8));
    let told = store.hold(hold("a", lease)).await?;
    assert_eq!((told[0].partitions.len(), told[0].share), (16, 8));
    let surplus: Vec<_> = told[0].partitions[8..]
        .iter()
        .map(|held| held.partition)
        .collect();
    let of = GenerationId::new(Balance::NAME, Generation::FIRST);
    store.release(&NodeId::new("a")?, &of, &surplus).await?;
    let taken = store.hold(hold("b", lease)).await?;
    assert_eq!(taken[0].partitions.len(), 8);
    assert_eq!(taken[0].partitions[0].epoch.get(), 2);
    clock.advance(Duration::from_secs(4));
    store.hold(hold("b", lease)).await?;
    clock.advance(Duration::from_secs(2));
    let all = store.hold(hold("b", lease)).await?;
    assert_eq!(all[0].partitions.len(), 16, "the lease of a has ended");
    Ok(())
}

#[tokio::test]
async fn a_stale_node_writes_nothing() -> Checked {
    let clock = ManualClock::default();
    let store = Memory::new().with_clock(Arc::new(clock.clone()));
    let cqrs = node(&store).await?;
    open(&cqrs, 1, 1).await?;
    let lease = Duration::from_secs(5);
    let stale = store.hold(hold("a", lease)).await?.remove(0).partitions[0];
    clock.advance(Duration::from_secs(6));
    store.hold(hold("b", lease)).await?;
    let mut advance = Advance::new(GenerationId::new(Balance::NAME, Generation::FIRST));
    advance.partitions = vec![PartitionAdvance {
        partition: stale.partition,
        epoch: stale.epoch,
        from: stale.checkpoint,
        through: cqrs_core::words::position::Position::new(1)?,
    }];
    let error = store.advance(advance).await.unwrap_err();
    assert!(matches!(error, AdvanceError::Stale { .. }), "{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_that_come_and_go_count_each_event_once() -> Checked {
    let store = Memory::new();
    let writer = node(&store).await?;
    for account in 0..40 {
        open(&writer, account, 0).await?;
    }
    let nodes = [
        node(&store).await?,
        node(&store).await?,
        node(&store).await?,
    ];
    let mut runners: Vec<_> = nodes
        .iter()
        .map(|node| Some(node.start_runners()))
        .collect();
    let mut last = None;
    for round in 0..60_u64 {
        for account in 0..40 {
            last = Some(deposit(&writer, account, 1).await?);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        let place = usize::try_from(round % 3)?;
        if round % 10 == 4 {
            match runners[place].take() {
                // A crash: cut off, nothing is given back.
                Some(crashed) if round % 20 == 4 => drop(crashed),
                Some(stopped) => {
                    stopped.stop(Duration::from_millis(1)).await;
                }
                None => {}
            }
            runners[(place + 1) % 3].get_or_insert_with(|| nodes[(place + 1) % 3].start_runners());
        }
    }
    let last = last.ok_or("nothing was written")?;
    let reader = &nodes[0];
    for account in 0..40 {
        let view = reader
            .view::<Balance>(AccountId(account))
            .at_least(last)
            .within(Duration::from_secs(10))
            .await?
            .ok_or("no document")?;
        assert_eq!((view.amount, view.events), (60, 62), "account {account}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stops_gives_its_partitions_to_the_other_at_once() -> Checked {
    let store = Memory::new();
    let build = async || {
        Cqrs::builder(store.clone())
            .aggregate::<Account>()
            .view::<Balance>()
            .lease(Duration::from_mins(5))
            .build()
            .await
    };
    let (one, two) = (build().await?, build().await?);
    let first = one.start_runners();
    let position = open(&one, 1, 1).await?;
    one.view::<Balance>(AccountId(1)).at_least(position).await?;
    assert!(first.stop(Duration::from_secs(5)).await);
    let _second = two.start_runners();
    let position = deposit(&two, 1, 1).await?;
    let view = two.view::<Balance>(AccountId(1)).at_least(position).await?;
    assert_eq!(view.ok_or("no document")?.amount, 2);
    let status = two.processors().await?;
    assert_eq!(status[0].owners.values().sum::<usize>(), 16);
    Ok(())
}
