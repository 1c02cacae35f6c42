//! Nodes of which one stands still for twice the lease, and which are then restarted one after the other.

use std::time::Duration;

use anyhow::Context;
use cqrs_core::words::node::NodeId;

use crate::figures::Figures;
use crate::gaps::Gaps;
use crate::late::Late;
use crate::program::plan::Plan;
use crate::program::process::{Process, Start};
use crate::program::writers::{self, Writers};
use crate::program::{comparison, program};
use crate::schema::Schema;

const WRITERS: usize = 6;

/// How long everything may take to come to rest when nothing is written any more.
const REST: Duration = Duration::from_mins(2);

/// How long the nodes may take to follow the writers, before they are disturbed all the same.
const WARM: Duration = Duration::from_secs(30);

/// A node in a process of its own.
struct Node {
    process: Process,
    id: NodeId,
}

impl Node {
    async fn start(start: Start, plan: &Plan) -> anyhow::Result<Self> {
        let mut process = Process::start(start, plan)?;
        let id = process.runs().await?;
        Ok(Self { process, id })
    }
}

pub(crate) async fn run(nodes: usize, lease: Duration, start: Start) -> anyhow::Result<Figures> {
    let schema = Schema::new();
    let plan = Plan {
        url: schema.url().to_owned(),
        schema: schema.name().to_owned(),
        lease_ms: u64::try_from(lease.as_millis())?,
        // Most of the time it is in the middle of a transaction.
        pause_ms: 3,
        batch: 20,
    };
    let store = plan.store().connect().await?;
    // Its processors do not run here: it writes, and looks.
    let cqrs = program(store.clone(), &plan, NodeId::unique()).await?;
    writers::accounts(&cqrs).await?;
    let mut running = Vec::new();
    for _ in 0..nodes {
        running.push(Node::start(start, &plan).await?);
    }
    let writing = Writers::start(&cqrs, WRITERS);
    let gaps = Gaps::watch(store.clone());
    gaps.until_held_by(&ids(&running)).await?;
    if let Err(behind) = comparison::caught_up(&cqrs, WARM).await {
        // On a machine that has much else to do. What stands still is measured all the same, and is longer.
        println!("the nodes are slower than the writers: {behind}");
    }
    drop(gaps);

    let gaps = Gaps::watch(store.clone());
    let mut takeover = Duration::ZERO;
    let mut refused = 0;
    for stopped in 0..nodes {
        let others = ids(&running).into_iter().enumerate();
        let others: Vec<_> = others.filter(|(place, _)| *place != stopped).collect();
        let others: Vec<_> = others.into_iter().map(|(_, id)| id).collect();
        let late = Late::of(&store, &running[stopped].id).await?;
        running[stopped].process.stand_still()?;
        let (taken, ()) = tokio::join!(gaps.until_held_by(&others), tokio::time::sleep(lease * 2));
        takeover = takeover.max(taken?);
        refused += late.write().await?;
        running[stopped].process.go_on()?;
        gaps.until_held_by(&ids(&running)).await?;
    }
    let stopped = gaps.longest().context("nothing was watched")?;
    drop(gaps);

    let gaps = Gaps::watch(store.clone());
    let mut stale = 0;
    for _ in 0..nodes {
        let Node { process, .. } = running.remove(0);
        stale += process.stop().await?;
        running.push(Node::start(start, &plan).await?);
        gaps.until_held_by(&ids(&running)).await?;
    }
    let rolling = gaps.longest().context("nothing was watched")?;
    drop(gaps);

    let failed = writing.stop().await?;
    anyhow::ensure!(failed == 0, "{failed} commands of writers failed");
    comparison::idle(&cqrs, REST).await?;
    for node in running {
        node.process.stop().await?;
    }
    let comparison = comparison::compare(&cqrs, &store, &plan.url).await?;
    store.close().await;
    Ok(Figures {
        nodes,
        lease,
        takeover,
        stopped,
        refused,
        stale,
        rolling,
        comparison,
    })
}

fn ids(nodes: &[Node]) -> Vec<&NodeId> {
    nodes.iter().map(|node| &node.id).collect()
}
