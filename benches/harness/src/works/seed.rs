//! Fills a log before the time runs: several tasks, many events a call.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};

use crate::account::Account;
use crate::bank::Bank;

/// How many events one call makes at most.
const EVENTS_PER_CALL: u32 = 1_000;

/// How many accounts one call fills in at most.
const ACCOUNTS_PER_CHUNK: u64 = 1_000;

/// How many calls fill side by side.
const CHUNKS: usize = 2;

/// How many calls run side by side.
const CALLS: usize = 4;

/// Fills an empty log up to so many events, in accounts as short as those that the tasks make, as many events a call as a
/// chunk of an import has.
pub(super) async fn log<B: Bank>(bank: &Arc<B>, events: u64) -> Result<()> {
    let mut left = events.div_ceil(u64::from(Account::EVENTS));
    let mut calls = tokio::task::JoinSet::new();
    while left > 0 {
        let count = left.min(ACCOUNTS_PER_CHUNK);
        left -= count;
        let bank = Arc::clone(bank);
        calls.spawn(async move { bank.fill(count, Account::EVENTS).await });
        // A store takes one chunk at a time: meanwhile the next one is made.
        if calls.len() == CHUNKS
            && let Some(done) = calls.join_next().await
        {
            done.context("filling panicked")??;
        }
    }
    while let Some(done) = calls.join_next().await {
        done.context("filling panicked")??;
    }
    let totals = bank.totals().await?;
    ensure!(
        totals.events >= events,
        "{} events were filled in, {} are there",
        events,
        totals.events
    );
    Ok(())
}

/// The accounts that reading works read. The same in each process, so that a database that was filled once does for all rounds.
pub(super) async fn lasting_accounts<B: Bank>(
    bank: &Arc<B>,
    count: usize,
    events: u32,
) -> Result<Vec<Account>> {
    let accounts: Vec<_> = (0..count)
        .map(|number| Account::numbered(number, events))
        .collect();
    if bank.totals().await?.events == 0 {
        make(bank, &accounts, events).await?;
    }
    Ok(accounts)
}

/// Makes so many accounts with so many events each.
pub(super) async fn accounts<B: Bank>(
    bank: &Arc<B>,
    count: usize,
    events: u32,
) -> Result<Vec<Account>> {
    let accounts: Vec<_> = (0..count).map(|_| Account::new()).collect();
    make(bank, &accounts, events).await?;
    Ok(accounts)
}

async fn make<B: Bank>(bank: &Arc<B>, accounts: &[Account], events: u32) -> Result<()> {
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
    Ok(())
}
