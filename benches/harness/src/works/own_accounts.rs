//! Commands, each task on accounts of its own.

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
    side_by_side(settings.tasks, settings.time(), |run| {
        task(Arc::clone(&prepared.bank), run)
    })
    .await
}

async fn task<B: Bank>(bank: Arc<B>, mut run: Run) -> Result<Run> {
    while run.goes_on() {
        let account = Account::new();
        let began = Instant::now();
        let opened = bank.open(account).await?;
        ensure!(opened == Tried::Accepted, "a new account met a conflict");
        run.recorded(began, 0);
        for _ in 1..Account::EVENTS {
            if !run.goes_on() {
                break;
            }
            let began = Instant::now();
            let paid_in = bank.deposit(account, 1).await?;
            ensure!(
                paid_in == Tried::Accepted,
                "an account of one task met a conflict"
            );
            run.recorded(began, 1);
        }
    }
    Ok(run)
}
