//! Commands on accounts that this process has not seen: each is loaded first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;

use super::seed;
use crate::account::Account;
use crate::bank::Bank;
use crate::protocol::Outcome;
use crate::run::Prepared;
use crate::settings::Settings;
use crate::tasks::{Run, side_by_side};

/// How many accounts are made for each millisecond: more than anybody can load in it. Who runs out stops earlier.
const ACCOUNTS_PER_MILLISECOND: u64 = 5;

/// And how many at most: a median needs no more, and others take long to make them.
const MOST_ACCOUNTS: u64 = 5_000;

pub(super) async fn prepare<B: Bank>(bank: &Arc<B>, settings: &Settings) -> Result<Vec<Account>> {
    let count = (settings.milliseconds * ACCOUNTS_PER_MILLISECOND).min(MOST_ACCOUNTS);
    seed::accounts(bank, usize::try_from(count)?, Account::EVENTS).await
}

pub(super) async fn work<B: Bank>(prepared: &Prepared<B>) -> Result<Outcome> {
    let settings = &prepared.settings;
    let next = Arc::new(AtomicUsize::new(0));
    side_by_side(settings.tasks, settings.time(), |run| {
        let accounts = Arc::clone(&prepared.accounts);
        task(Arc::clone(&prepared.bank), accounts, Arc::clone(&next), run)
    })
    .await
}

async fn task<B: Bank>(
    bank: Arc<B>,
    accounts: Arc<Vec<Account>>,
    next: Arc<AtomicUsize>,
    mut run: Run,
) -> Result<Run> {
    while run.goes_on() {
        let Some(account) = accounts.get(next.fetch_add(1, Ordering::Relaxed)) else {
            break;
        };
        run.records(1, || bank.deposit(*account, 1)).await?;
    }
    Ok(run)
}
