//! Two nodes that want one aggregate all the time.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::retry::RetryPolicy;
use cqrs_postgres::scratch::Scratch;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct HitsId(u64);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum HitsEvent {
    #[event(name = "hits.hit")]
    Hit { node: usize },
}

#[derive(Aggregate, Default, Clone, Debug)]
#[aggregate(name = "hits", id = HitsId, event = HitsEvent)]
struct Hits {
    of_nodes: [u64; 2],
}

impl Apply<HitsEvent> for Hits {
    fn apply(&mut self, event: &HitsEvent) {
        let HitsEvent::Hit { node } = *event;
        self.of_nodes[node] += 1;
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Hits, reply = u64, any)]
struct Hit {
    #[id]
    hits: HitsId,
    node: usize,
}

impl Handle<Hit> for Hits {
    fn handle(cmd: &Hit, hits: &mut Root<Self>) -> Result<u64, std::convert::Infallible> {
        hits.emit(HitsEvent::Hit { node: cmd.node });
        Ok(hits.of_nodes.iter().sum())
    }
}

/// What one node got done, and how long somebody had to wait at most.
#[derive(Debug)]
struct Share {
    hits: u64,
    longest: Duration,
}

/// Sixteen tasks of a node, until they are stopped.
async fn drive(cqrs: Cqrs, node: usize, stop: Arc<AtomicBool>) -> Share {
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (cqrs, stop) = (cqrs.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let (mut hits, mut longest) = (0, Duration::ZERO);
                while !stop.load(Ordering::Relaxed) {
                    let began = Instant::now();
                    let hit = Hit {
                        hits: HitsId(1),
                        node,
                    };
                    let patient = RetryPolicy::attempts(1_000);
                    let receipt = cqrs.send(hit).retry(patient).await.unwrap();
                    assert_eq!(
                        receipt.reply,
                        receipt.version.get(),
                        "decided on another state"
                    );
                    longest = longest.max(began.elapsed());
                    hits += 1;
                }
                Share { hits, longest }
            })
        })
        .collect();
    let mut all = Share {
        hits: 0,
        longest: Duration::ZERO,
    };
    for task in tasks {
        let share = task.await.unwrap();
        all.hits += share.hits;
        all.longest = all.longest.max(share.longest);
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_nodes_get_their_share_and_nobody_waits_for_long() {
    let scratch = Scratch::new();
    let mut nodes = Vec::new();
    for _ in 0..2 {
        let builder = Cqrs::builder(scratch.store().await).aggregate::<Hits>();
        nodes.push(builder.build().await.unwrap());
    }
    let stop = || Arc::new(AtomicBool::new(false));
    let for_a_while = async |stop: Arc<AtomicBool>| {
        tokio::time::sleep(Duration::from_secs(2)).await;
        stop.store(true, Ordering::Relaxed);
    };
    let alone = stop();
    let (one, ()) = tokio::join!(
        drive(nodes[0].clone(), 0, Arc::clone(&alone)),
        for_a_while(alone)
    );
    let both = stop();
    let (first, second, ()) = tokio::join!(
        drive(nodes[0].clone(), 0, Arc::clone(&both)),
        drive(nodes[1].clone(), 1, Arc::clone(&both)),
        for_a_while(both)
    );
    println!("one node: {one:?}; two: {first:?} and {second:?}");
    let recorded = nodes[0]
        .repository::<Hits>()
        .load(&HitsId(1))
        .await
        .unwrap();
    assert_eq!(recorded.of_nodes, [one.hits + first.hits, second.hits]);
    // Bounds that a machine with other work keeps too: a node that starves has a hundredth, and waits until the other ends.
    let all = first.hits + second.hits;
    for share in [&first, &second] {
        assert!(share.hits * 5 > all, "{first:?} {second:?}");
        assert!(
            share.longest < Duration::from_secs(1),
            "{first:?} {second:?}"
        );
    }
}
