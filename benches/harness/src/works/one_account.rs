//! Commands, all tasks (and nodes) on one account.

use std::sync::Arc;

use anyhow::Result;

use crate::account::Account;
use crate::bank::Bank;
use crate::protocol::Outcome;
use crate::run::Prepared;
use crate::settings::Settings;
use crate::tasks::{Run, side_by_side};

pub(super) async fn prepare<B: Bank>(bank: &B, settings: &Settings) -> Result<Vec<Account>> {
    if settings.node == 0 {
        bank.open(Account::HOT).await?;
    }
    Ok(vec![Account::HOT])
}

pub(super) async fn work<B: Bank>(prepared: &Prepared<B>) -> Result<Outcome> {
    let settings = &prepared.settings;
    side_by_side(settings.tasks, settings.time(), |run| {
        task(Arc::clone(&prepared.bank), run)
    })
    .await
}

async fn task<B: Bank>(bank: Arc<B>, mut run: Run) -> Result<Run> {
    while run.goes_on() {
        run.records(1, || bank.deposit(Account::HOT, 1)).await?;
    }
    Ok(run)
}
