//! Loading accounts from their events.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};

use super::seed;
use crate::account::Account;
use crate::bank::Bank;
use crate::protocol::Outcome;
use crate::run::Prepared;
use crate::settings::Settings;
use crate::tasks::{Run, side_by_side};

/// How many events the accounts have together, so that there are several of each length.
const EVENTS: usize = 40_000;

pub(super) async fn prepare<B: Bank>(bank: &Arc<B>, settings: &Settings) -> Result<Vec<Account>> {
    let count = (EVENTS / settings.length as usize).clamp(1, 256);
    seed::lasting_accounts(bank, count, settings.length).await
}

pub(super) async fn work<B: Bank>(prepared: &Prepared<B>) -> Result<Outcome> {
    let settings = &prepared.settings;
    let balance = u64::from(settings.length) - 1;
    side_by_side(settings.tasks, settings.time(), |run| {
        let accounts = Arc::clone(&prepared.accounts);
        task(Arc::clone(&prepared.bank), accounts, balance, run)
    })
    .await
}

async fn task<B: Bank>(
    bank: Arc<B>,
    accounts: Arc<Vec<Account>>,
    balance: u64,
    mut run: Run,
) -> Result<Run> {
    let mut next = run.task;
    while run.goes_on() {
        let account = accounts[next % accounts.len()];
        next += 1;
        let began = Instant::now();
        let loaded = bank.load(account).await?;
        run.done(began);
        ensure!(
            loaded == balance,
            "account {account} has {loaded}, it must have {balance}"
        );
    }
    Ok(run)
}
