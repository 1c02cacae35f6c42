//! Nodes that race for partitions, and what a node that was too slow can still write: nothing.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/processors.rs"]
mod processors;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cqrs_core::ports::advance::{AdvanceError, AdvanceProcessors};
use cqrs_core::ports::documents::Documents;
use cqrs_core::ports::leases::{HoldLeases, Leases};
use cqrs_core::ports::processors::{ProcessorKind, Processors};
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;
use processors::{LEASE, at, declare, hold, key, node, of, part, step, write};
use sqlx::Executor;
use tokio::sync::Mutex;

const SHORT: Duration = Duration::from_millis(300);

async fn store_with(scratch: &Scratch, processors: &[&str], partitions: u16) -> Postgres {
    let store = scratch.store().await;
    for processor in processors {
        let declare = declare(processor, ProcessorKind::View, partitions);
        store.declare(declare).await.unwrap();
    }
    store
}

#[tokio::test]
async fn a_lease_ends_by_the_servers_clock_and_its_node_writes_nothing_more() {
    let scratch = Scratch::new();
    let store = store_with(&scratch, &["view"], 2).await;
    let view = of("view", 1);
    let first = hold(&store, "n1", &view, SHORT).await;
    assert_eq!(first.partitions.len(), 2);
    assert!(hold(&store, "n2", &view, LEASE).await.partitions.is_empty());

    tokio::time::sleep(SHORT).await;
    let taken = hold(&store, "n2", &view, LEASE).await;
    assert_eq!(taken.share, 2, "n1 has gone");
    assert_eq!(taken.partitions.len(), 2);
    assert!(taken.partitions[0].epoch > first.partitions[0].epoch);

    let mut late = step(&first, 5);
    late.documents = vec![write("a", "1", 5)];
    let error = store.advance(late).await.unwrap_err();
    assert!(
        matches!(&error, AdvanceError::Stale { partition, .. } if *partition == part(0)),
        "{error:?}"
    );
    assert_eq!(store.load_documents(&view, &[key("a")]).await.unwrap(), []);
    store.advance(step(&taken, 5)).await.unwrap();
}

#[tokio::test]
async fn one_stale_partition_of_many_stops_the_whole_advance() {
    let scratch = Scratch::new();
    let store = store_with(&scratch, &["view"], 3).await;
    let view = of("view", 1);
    let held = hold(&store, "n1", &view, LEASE).await;
    store.release(&node("n1"), &view, &[part(1)]).await.unwrap();
    let other = hold(&store, "n2", &view, LEASE).await;
    assert_eq!(other.partitions[0].partition, part(1));

    let mut late = step(&held, 7);
    late.documents = vec![write("a", "1", 5)];
    let error = store.advance(late.clone()).await.unwrap_err();
    assert!(
        matches!(&error, AdvanceError::Stale { partition, .. } if *partition == part(1)),
        "{error:?}"
    );
    let progress = store.progress(None).await.unwrap();
    assert!(
        progress[0]
            .partitions
            .iter()
            .all(|row| row.checkpoint == at(0))
    );
    assert_eq!(store.load_documents(&view, &[key("a")]).await.unwrap(), []);

    late.partitions.remove(1);
    store.advance(late).await.unwrap();
}

/// Each node holds, advances and lets go as fast as it can, with leases so short that they are lost all the time. Each
/// advance adds one to its partition's checkpoint: what was acknowledged is what is there, and no epoch has two nodes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_nodes_never_hold_a_partition_in_the_same_epoch() {
    const VIEWS: [&str; 2] = ["one", "two"];
    let scratch = Scratch::new();
    store_with(&scratch, &VIEWS, 4).await.close().await;
    let epochs = Arc::new(Mutex::new(HashMap::new()));
    let stores = [scratch.store().await, scratch.store().await];
    let end = Instant::now() + Duration::from_secs(4);
    let nodes: Vec<_> = (0..6)
        .map(|number| {
            let (store, epochs) = (stores[number % 2].clone(), Arc::clone(&epochs));
            tokio::spawn(run_node(store, format!("n{number}"), end, epochs))
        })
        .collect();
    let (mut advanced, mut stale) = (0, 0);
    for node in nodes {
        let (more, lost) = node.await.unwrap();
        advanced += more;
        stale += lost;
    }
    let progress = stores[0].progress(None).await.unwrap();
    let rows = progress
        .iter()
        .flat_map(|generation| &generation.partitions);
    let recorded: u64 = rows.map(|row| row.checkpoint.get()).sum();
    println!(
        "{advanced} advances, {stale} stale, {} takings",
        epochs.lock().await.len()
    );
    assert_eq!(recorded, advanced);
    assert!(advanced > 100 && stale > 10);
}

type Owners = Arc<Mutex<HashMap<(String, u16, u64), String>>>;

async fn run_node(store: Postgres, name: String, end: Instant, epochs: Owners) -> (u64, u64) {
    let (mut advanced, mut stale) = (0, 0);
    let request = HoldLeases {
        node: node(&name),
        lease: Duration::from_millis(15),
        generations: vec![of("one", 1), of("two", 1)],
    };
    while Instant::now() < end {
        for holding in store.hold(request.clone()).await.unwrap() {
            for held in &holding.partitions {
                let taking = (
                    holding.of.to_string(),
                    held.partition.get(),
                    held.epoch.get(),
                );
                let mut epochs = epochs.lock().await;
                let owner = epochs.entry(taking.clone()).or_insert_with(|| name.clone());
                assert_eq!(*owner, name, "{taking:?}");
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(0..20))).await;
            // All together, and then each by itself: both orders of locks.
            let mut whole = step(&holding, 0);
            let mut singles = Vec::new();
            for partition in &mut whole.partitions {
                partition.through = at(partition.from.get() + 1);
                let mut single = step(&holding, 0);
                single.partitions = vec![*partition];
                singles.push(single);
            }
            let steps = if fastrand::bool() {
                vec![whole]
            } else {
                singles
            };
            for step in steps.into_iter().filter(|step| !step.partitions.is_empty()) {
                let count = step.partitions.len() as u64;
                match store.advance(step).await {
                    Ok(()) => advanced += count,
                    Err(AdvanceError::Stale { .. }) => stale += 1,
                    Err(error) => panic!("{error:?}"),
                }
            }
            if fastrand::u8(..) < 32 {
                let all: Vec<_> = holding
                    .partitions
                    .iter()
                    .map(|held| held.partition)
                    .collect();
                store
                    .release(&node(&name), &holding.of, &all)
                    .await
                    .unwrap();
            }
        }
        if fastrand::u8(..) < 16 {
            store.leave(&node(&name)).await.unwrap();
        }
    }
    (advanced, stale)
}

#[tokio::test]
async fn a_node_that_leaves_is_followed_at_once_also_after_a_restart_of_the_other() {
    let scratch = Scratch::new();
    let store = store_with(&scratch, &["view"], 4).await;
    let view = of("view", 1);
    let first = hold(&store, "n1", &view, LEASE).await;
    store.advance(step(&first, 9)).await.unwrap();
    store.leave(&node("n1")).await.unwrap();
    store.close().await;

    let store = store_with(&scratch, &["view"], 4).await;
    let taken = hold(&store, "n2", &view, LEASE).await;
    assert_eq!((taken.share, taken.partitions.len()), (4, 4));
    assert!(taken.partitions.iter().all(|held| held.checkpoint == at(9)));
}

/// A statement goes on on the server when the future that waits for it is dropped.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_was_dropped_does_not_come_after_the_leaving() {
    let scratch = Scratch::new();
    let store = store_with(&scratch, &["view"], 4).await;
    let pool = scratch.pool().await;
    let mut transaction = pool.begin().await.unwrap();
    let lock = "SELECT FROM generations FOR UPDATE";
    transaction.execute(lock).await.unwrap();
    let request = HoldLeases {
        node: node("n1"),
        lease: LEASE,
        generations: vec![of("view", 1)],
    };
    let dropped = tokio::time::timeout(Duration::from_millis(200), store.hold(request));
    assert!(dropped.await.is_err(), "it did not wait");
    let leaving = tokio::spawn({
        let store = store.clone();
        async move { store.leave(&node("n1")).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    transaction.rollback().await.unwrap();
    leaving.await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let taken = hold(&store, "n2", &of("view", 1), LEASE).await;
    assert_eq!((taken.share, taken.partitions.len()), (4, 4));
}

#[tokio::test]
async fn an_endless_lease_is_not_an_error() {
    let scratch = Scratch::new();
    let store = store_with(&scratch, &["view"], 1).await;
    let held = hold(&store, "n1", &of("view", 1), Duration::MAX).await;
    assert_eq!(held.partitions.len(), 1);
}
