//! What the framework adds to each command: one task, one account, as many commands as fit.

use std::sync::Arc;

use anyhow::Result;

use crate::account::Account;
use crate::bank::Bank;
use crate::protocol::Outcome;
use crate::run::Prepared;
use crate::tasks::{Run, side_by_side};

pub(super) async fn work<B: Bank>(prepared: &Prepared<B>) -> Result<Outcome> {
    let settings = &prepared.settings;
    let before = prepared.bank.allocations();
    let mut outcome = side_by_side(1, settings.time(), |run| {
        task(Arc::clone(&prepared.bank), run)
    })
    .await?;
    let commands = outcome.operations.max(1);
    let mut figure = |name: &str, value: f64| outcome.figures.insert(name.into(), value);
    if let (Some(before), Some(after)) = (before, prepared.bank.allocations()) {
        // The time of a program whose allocator counts says nothing.
        figure(
            "allocations per command",
            ratio(after.0 - before.0, commands),
        );
        figure(
            "bytes allocated per command",
            ratio(after.1 - before.1, commands),
        );
    } else {
        let seconds = outcome.seconds;
        figure(
            "nanoseconds per command",
            seconds * 1e9 / ratio(commands, 1),
        );
    }
    Ok(outcome)
}

async fn task<B: Bank>(bank: Arc<B>, mut run: Run) -> Result<Run> {
    while run.goes_on() {
        let account = Account::new();
        run.records(0, || bank.open(account)).await?;
        for _ in 1..Account::EVENTS {
            run.records(1, || bank.deposit(account, 1)).await?;
        }
    }
    Ok(run)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "nobody sends 2^52 commands in a benchmark"
)]
fn ratio(of: u64, to: u64) -> f64 {
    of as f64 / to as f64
}
