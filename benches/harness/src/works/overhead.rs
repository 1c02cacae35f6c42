//! What the framework adds to each command: one task, one account, as many commands as fit.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::account::Account;
use crate::bank::{Bank, Tried};
use crate::protocol::Outcome;
use crate::run::Prepared;
use crate::tasks::{Run, side_by_side};

pub(super) async fn work<B: Bank>(prepared: &Prepared<B>) -> Result<Outcome> {
    let settings = &prepared.settings;
    let mut outcome = side_by_side(1, settings.time(), |run| {
        task(Arc::clone(&prepared.bank), run)
    })
    .await?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "nobody sends 2^52 commands in a benchmark"
    )]
    let nanoseconds = outcome.seconds * 1e9 / outcome.operations.max(1) as f64;
    outcome
        .figures
        .insert("nanoseconds per command".into(), nanoseconds);
    Ok(outcome)
}

async fn task<B: Bank>(bank: Arc<B>, mut run: Run) -> Result<Run> {
    while run.goes_on() {
        let account = Account::new();
        let began = Instant::now();
        let opened = bank.open(account).await?;
        ensure!(opened == Tried::Accepted, "a new account met a conflict");
        run.recorded(began, 0);
        for _ in 1..Account::EVENTS {
            let began = Instant::now();
            bank.deposit(account, 1).await?;
            run.recorded(began, 1);
        }
    }
    Ok(run)
}
