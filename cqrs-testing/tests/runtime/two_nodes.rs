//! Two nodes that decide about one aggregate, each with what it has in memory.

use std::time::Duration;

use cqrs_core::runtime::retry::RetryPolicy;
use cqrs_core::words::version::StreamVersion;
use cqrs_memory::Memory;
use cqrs_testing::faulty_store::AppendFault;
use tokio::time::Instant;

use super::bench::{Bench, bench, over, put, take};
use super::counting_store::CountingStore;
use super::domain::{Checked, Open, TILL, Till};

#[tokio::test(start_paused = true)]
async fn a_conflict_with_another_node_redoes_them_on_the_new_tail() -> Checked {
    let bench = bench().await?;
    let other = over(bench.counting.clone()).await?;
    let first = bench.occupy().await;
    let mut tasks = Vec::new();
    for _ in 0..8 {
        tasks.push(bench.begin(bench.cqrs.send(put(1))).await);
    }
    // Between what this node has seen and what it appends next.
    assert_eq!(other.send(put(10)).await?.reply, 11);
    let _ = first.await??;
    for (number, task) in (12..).zip(tasks) {
        assert_eq!(task.await??.reply, number);
    }
    assert_eq!(bench.coins().await?, (19, 11));
    Ok(())
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How much longer a hundred appends of a busy aggregate take than the ten milliseconds of each.
async fn pauses_of_a_busy_aggregate(bench: &Bench) -> Result<u128, BoxError> {
    const EACH: Duration = Duration::from_millis(10);
    bench
        .faulty
        .next_appends(100, AppendFault::DelayReply(EACH));
    let began = Instant::now();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (cqrs, faulty) = (bench.cqrs.clone(), bench.faulty.clone());
            tokio::spawn(async move {
                while faulty.faults_left() > 0 {
                    let _ = cqrs.send(put(1)).await.map_err(|error| error.to_string())?;
                }
                Ok::<_, String>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(began.elapsed().saturating_sub(100 * EACH).as_millis())
}

#[tokio::test(start_paused = true)]
async fn a_node_that_meets_nobody_gives_others_a_turn_ten_times_a_second() -> Checked {
    let bench = bench().await?;
    let pauses = pauses_of_a_busy_aggregate(&bench).await?;
    assert!((8..=20).contains(&pauses), "{pauses} ms in a second");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_node_that_has_met_another_gives_it_five_turns_more() -> Checked {
    let bench = bench().await?;
    let other = over(bench.counting.clone()).await?;
    let first = bench.occupy().await;
    let task = bench.begin(bench.cqrs.send(put(1))).await;
    // Between what this node has seen and what it appends next.
    let _ = other.send(put(10)).await?;
    let _ = first.await??;
    let _ = task.await??;
    let pauses = pauses_of_a_busy_aggregate(&bench).await?;
    // With the ten of a node that meets nobody.
    assert!((13..=30).contains(&pauses), "{pauses} ms in a second");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes_share_a_hot_aggregate_without_starving() -> Checked {
    const TASKS: usize = 64;
    const EACH: u32 = 20;
    let store = Memory::new();
    let nodes = [over(store.clone()).await?, over(store).await?];
    let _ = nodes[0].send(Open { till: TILL }).await?;
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let cqrs = nodes[task % 2].clone();
            tokio::spawn(async move {
                for number in 0..EACH {
                    let send = cqrs.send(put(1)).retry(RetryPolicy::attempts(1_000));
                    let receipt = match task % 4 {
                        0 => send.idempotency_key(format!("{task}-{number}")).await,
                        _ => send.await,
                    };
                    let _ = receipt.map_err(|error| error.to_string())?;
                }
                Ok::<_, String>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let till = nodes[0].repository::<Till>().load(&TILL).await?;
    assert_eq!(till.coins, u32::try_from(TASKS)? * EACH);
    Ok(())
}

#[tokio::test]
async fn what_is_in_memory_is_compared_before_anybody_is_told_no() -> Checked {
    let store = CountingStore::default();
    let nodes = [over(store.clone()).await?, over(store.clone()).await?];
    let _ = nodes[0].send(Open { till: TILL }).await?;
    assert_eq!(nodes[1].send(put(5)).await?.reply, 5);
    store.asked();
    assert_eq!(
        nodes[0].send(take(3)).await?.reply,
        2,
        "the first node has seen no coin"
    );
    assert_eq!(store.asked(), (1, 1, 0));
    assert_eq!(
        nodes[1].send(put(0)).await?.reply,
        2,
        "also of what changes nothing"
    );
    assert_eq!(nodes[1].send(take(2)).await?.reply, 0);
    let version = StreamVersion::new(4)?;
    let expecting = nodes[0].send(put(1)).expected_version(version);
    assert_eq!(expecting.await?.reply, 1, "and of an expected version");
    Ok(())
}
