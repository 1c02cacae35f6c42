//! Measures one cell once: nodes, work, check.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use bench_harness::{Outcome, Totals};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::cell::Planned;
use crate::contenders::{Built, Contender, Needs};
use crate::database::Database;
use crate::node::Node;
use crate::servers::Servers;
use crate::slow_disk::SlowDisk;

/// What is the same for all.
#[derive(Debug)]
pub(crate) struct How {
    pub(crate) pool: u32,
    /// For the servers that contenders start.
    pub(crate) slow_disk: Option<SlowDisk>,
}

/// What one measurement came to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// One for each node.
    pub(crate) outcomes: Vec<Outcome>,
    /// What is wrong with what was recorded; empty when all is well.
    pub(crate) wrong: Vec<String>,
}

impl Measured {
    /// How many operations in a second, all nodes together.
    pub(crate) fn rate(&self) -> f64 {
        self.outcomes.iter().map(rate).sum()
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "nobody does 2^52 operations in a benchmark"
)]
pub(crate) fn rate(outcome: &Outcome) -> f64 {
    outcome.operations as f64 / outcome.seconds.max(1e-9)
}

/// Fills the log that a cell begins with, if nobody has before.
pub(crate) async fn fill(
    servers: &Servers,
    contenders: &[Contender],
    planned: &Planned,
) -> Result<()> {
    let contender = &contenders[planned.program];
    let Some(server) = servers.server(contender.program.needs)? else {
        return Ok(());
    };
    let Some(database) = Database::to_fill(server, planned).await? else {
        return Ok(());
    };
    eprintln!("  filling a log of {} events", planned.cell.log);
    let mut command = command(built(contender)?, planned, &server.address(database.name()));
    command.args(["--fill", &planned.cell.log.to_string()]);
    let filled = Node::start(&mut command).await;
    let is_filled = filled.is_ok();
    if let Ok(node) = filled {
        node.end().await;
        database.settle(server).await?;
    }
    database.close(server, is_filled).await?;
    anyhow::ensure!(is_filled, "the log can't be filled");
    Ok(())
}

/// Measures it, on a database of its own.
pub(crate) async fn measure(
    servers: &Servers,
    contenders: &[Contender],
    planned: &Planned,
    how: &How,
    milliseconds: u64,
) -> Result<Measured> {
    let contender = &contenders[planned.program];
    let milliseconds = milliseconds * u64::from(planned.cell.times);
    let Some(server) = servers.server(contender.program.needs)? else {
        return on(contender, planned, how, milliseconds, "").await;
    };
    let database = Database::open(server, planned).await?;
    let url = server.address(database.name());
    let measured = on(contender, planned, how, milliseconds, &url).await;
    // A grown log is good whatever became of a run on it.
    let is_good = measured.is_ok() || planned.cell.log > 0;
    database.close(server, is_good).await?;
    measured
}

fn built(contender: &Contender) -> Result<&Built> {
    contender.built.as_ref().map_err(|why| anyhow!("{why}"))
}

fn command(built: &Built, planned: &Planned, url: &str) -> Command {
    let mut command = Command::new(&built.path);
    command
        .args(["--variant", &planned.variant])
        .env("DATABASE_URL", url);
    command
}

async fn on(
    contender: &Contender,
    planned: &Planned,
    how: &How,
    milliseconds: u64,
    url: &str,
) -> Result<Measured> {
    let (built, cell) = (built(contender)?, &planned.cell);
    let mut nodes = Vec::new();
    for number in 0..cell.nodes {
        let mut command = command(built, planned, url);
        command
            .args(["--work", cell.work.name()])
            .args(["--tasks", &cell.tasks.to_string()])
            .args(["--milliseconds", &milliseconds.to_string()])
            .args(["--pool", &how.pool.to_string()])
            .args(["--log", &cell.log.to_string()])
            .args(["--length", &cell.length.to_string()])
            .args(["--node", &number.to_string()]);
        if contender.program.needs == Needs::OwnServer
            && let Some(disk) = &how.slow_disk
        {
            command.envs(disk.environment());
        }
        nodes.push(Node::start(&mut command).await?);
    }
    let first = nodes.first_mut().context("no node")?;
    let before = first.totals().await?;
    for node in &mut nodes {
        node.go().await?;
    }
    let time = Duration::from_millis(milliseconds);
    let mut outcomes = Vec::new();
    for node in &mut nodes {
        outcomes.push(node.outcome(time).await?);
    }
    let first = nodes.first_mut().context("no node")?;
    let wrong = check(before, first.totals().await?, &outcomes);
    for node in nodes {
        node.end().await;
    }
    Ok(Measured { outcomes, wrong })
}

/// No event that was acknowledged is lost, none is doubled, and none is there that nobody was told of.
fn check(before: Totals, after: Totals, outcomes: &[Outcome]) -> Vec<String> {
    let mut wrong: Vec<_> = outcomes
        .iter()
        .flat_map(|outcome| outcome.problems.clone())
        .collect();
    let acknowledged = outcomes
        .iter()
        .fold(Totals::default(), |sum, outcome| sum.and(outcome.recorded));
    let recorded = after.since(before);
    if recorded != acknowledged {
        wrong.push(format!(
            "acknowledged {} events of {} in sum, recorded {} of {}",
            acknowledged.events, acknowledged.amount, recorded.events, recorded.amount
        ));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use bench_harness::{Outcome, Totals};

    use super::check;

    fn totals(events: u64, amount: u64) -> Totals {
        Totals { events, amount }
    }

    #[test]
    fn finds_events_that_are_lost_or_doubled() {
        let outcome = Outcome {
            recorded: totals(3, 3),
            ..Outcome::default()
        };
        let outcomes = [outcome.clone(), outcome];
        let before = totals(10, 5);
        assert!(check(before, totals(16, 11), &outcomes).is_empty());
        assert_eq!(check(before, totals(15, 10), &outcomes).len(), 1);
        assert_eq!(check(before, totals(17, 11), &outcomes).len(), 1);
        assert_eq!(check(before, totals(16, 12), &outcomes).len(), 1);
    }
}
