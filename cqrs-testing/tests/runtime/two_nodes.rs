//! Two nodes that decide about one aggregate, each with what it has in memory.

use cqrs_core::runtime::retry::RetryPolicy;
use cqrs_core::words::version::StreamVersion;
use cqrs_memory::Memory;

use super::bench::{bench, over, put, take};
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
