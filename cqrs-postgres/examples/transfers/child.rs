//! The child: runs the processors until its input ends, which it also does when the parent dies.

use std::io::Write;
use std::time::Duration;

use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::node::NodeId;
use cqrs_postgres::Postgres;

use super::plan::Plan;
use super::{program, stale_steps};

/// What a child says before the name of its node, once its processors run.
pub(crate) const RUNS: &str = "node runs: ";
/// What it says at its end before the number of its steps that were stale.
pub(crate) const STALE: &str = "stale steps: ";

/// Where a child shall say what it does, at its standard error: `CQRS_TRANSFERS_LOG=debug`.
const LOG: &str = "CQRS_TRANSFERS_LOG";

/// All that the child does.
pub(crate) async fn run(plan: &Plan) -> anyhow::Result<()> {
    if let Ok(level) = std::env::var(LOG) {
        let level: tracing_subscriber::filter::LevelFilter = level.parse()?;
        tracing_subscriber::fmt()
            .with_max_level(level)
            .with_writer(std::io::stderr)
            .init();
    }
    let stale = stale_steps::count();
    let node = NodeId::unique();
    let (store, cqrs) = begun(plan, &node).await;
    let runners = cqrs.start_runners();
    say(&format!("{RUNS}{node}"))?;
    let ended = || std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
    tokio::task::spawn_blocking(ended).await??;
    let in_time = runners.stop(Duration::from_mins(1)).await;
    anyhow::ensure!(in_time, "the runners did not stop in time");
    store.close().await;
    say(&format!("{STALE}{}", stale.get()))
}

/// A connection may be cut here too: a program tries again.
async fn begun(plan: &Plan, node: &NodeId) -> (Postgres, Cqrs) {
    loop {
        if let Ok(store) = plan.store().connect().await {
            match program(store.clone(), plan, node.clone()).await {
                Ok(cqrs) => return (store, cqrs),
                Err(_) => store.close().await,
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Past the test harness, which would keep what is printed.
fn say(line: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "\n{line}")?;
    Ok(output.flush()?)
}
