//! Measures one cell once: nodes, work, check.

use std::time::Duration;

use anyhow::{Context, Result};
use bench_harness::{Outcome, Totals};
use tokio::process::Command;

use crate::cell::Cell;
use crate::contenders::Contender;
use crate::database::Database;
use crate::node::Node;
use crate::options::Options;
use crate::servers::Servers;

/// What one measurement came to.
#[derive(Debug)]
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

/// Measures it, on a database of its own.
pub(crate) async fn measure(
    options: &Options,
    servers: &Servers,
    contenders: &[Contender],
    cell: &Cell,
) -> Result<Measured> {
    let contender = &contenders[cell.program];
    let Some(server) = servers.server(contender.program.needs)? else {
        return on(options, contender, cell, String::new()).await;
    };
    let database = Database::open(server, cell).await?;
    let measured = on(options, contender, cell, server.address(database.name())).await;
    database.close(server).await?;
    measured
}

async fn on(
    options: &Options,
    contender: &Contender,
    cell: &Cell,
    url: String,
) -> Result<Measured> {
    let built = contender
        .built
        .as_ref()
        .map_err(|why| anyhow::anyhow!("{why}"))?;
    let mut nodes = Vec::new();
    for number in 0..cell.nodes {
        let mut command = Command::new(&built.path);
        command
            .args(["--variant", &cell.variant])
            .args(["--work", cell.work.name()])
            .args(["--tasks", &cell.tasks.to_string()])
            .args(["--milliseconds", &options.milliseconds().to_string()])
            .args(["--pool", &options.pool.to_string()])
            .args(["--preload", &cell.log.to_string()])
            .args(["--length", &cell.length.to_string()])
            .args(["--node", &number.to_string()])
            .env("DATABASE_URL", &url);
        nodes.push(Node::start(&mut command).await?);
    }
    let first = nodes.first_mut().context("no node")?;
    let before = first.totals().await?;
    for node in &mut nodes {
        node.go().await?;
    }
    let time = Duration::from_millis(options.milliseconds());
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
