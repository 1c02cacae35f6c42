//! Fills a log before the time runs: several tasks, many events a call.

use std::sync::Arc;

use anyhow::{Context, Result};

use crate::account::Account;
use crate::bank::Bank;

/// How many events one call makes at most.
const EVENTS_PER_CALL: u32 = 1_000;

/// How many calls run side by side.
const CALLS: usize = 4;

/// Fills the log up to so many events, in accounts as short as those that the tasks make.
pub(super) async fn log<B: Bank>(bank: &Arc<B>, events: u64) -> Result<()> {
    if events == 0 {
        return Ok(());
    }
    let missing = events.saturating_sub(bank.totals().await?.events);
    let count = missing.div_ceil(u64::from(Account::EVENTS));
    let count = usize::try_from(count).context("the log can't be that long")?;
    accounts(bank, count, Account::EVENTS).await.map(drop)
}

/// Makes so many accounts with so many events each.
pub(super) async fn accounts<B: Bank>(
    bank: &Arc<B>,
    count: usize,
    events: u32,
) -> Result<Vec<Account>> {
    let accounts: Vec<_> = (0..count).map(|_| Account::new()).collect();
    let per_call = (EVENTS_PER_CALL / events).max(1) as usize;
    let mut calls = tokio::task::JoinSet::new();
    for chunk in accounts.chunks(per_call) {
        if calls.len() == CALLS
            && let Some(done) = calls.join_next().await
        {
            done.context("seeding panicked")??;
        }
        let (bank, chunk) = (Arc::clone(bank), chunk.to_vec());
        calls.spawn(async move { bank.seed(&chunk, events).await });
    }
    while let Some(done) = calls.join_next().await {
        done.context("seeding panicked")??;
    }
    Ok(accounts)
}
