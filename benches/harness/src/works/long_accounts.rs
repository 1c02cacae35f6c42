//! Commands on accounts that are 1,000 events long.

use std::sync::Arc;

use anyhow::Result;

use super::seed;
use crate::account::Account;
use crate::bank::Bank;
use crate::protocol::Outcome;
use crate::run::Prepared;
use crate::tasks::{Run, side_by_side};

/// How many such accounts there are.
const ACCOUNTS: usize = 64;

/// How long they are.
const EVENTS: u32 = 1_000;

pub(super) async fn prepare<B: Bank>(bank: &Arc<B>) -> Result<Vec<Account>> {
    seed::accounts(bank, ACCOUNTS, EVENTS).await
}

pub(super) async fn work<B: Bank>(prepared: &Prepared<B>) -> Result<Outcome> {
    let settings = &prepared.settings;
    side_by_side(settings.tasks, settings.time(), |run| {
        let accounts = Arc::clone(&prepared.accounts);
        task(Arc::clone(&prepared.bank), accounts, run)
    })
    .await
}

/// The accounts in turn, beginning at another one in each task.
async fn task<B: Bank>(bank: Arc<B>, accounts: Arc<Vec<Account>>, mut run: Run) -> Result<Run> {
    let mut next = run.task * 2;
    while run.goes_on() {
        let account = accounts[next % accounts.len()];
        next += 1;
        run.records(1, || bank.deposit(account, 1)).await?;
    }
    Ok(run)
}
