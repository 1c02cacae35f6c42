//! Reading a log that is there: into a view, or only to count.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;

use super::seed;
use crate::account::Account;
use crate::bank::{Bank, Totals};
use crate::protocol::Outcome;
use crate::run::Prepared;
use crate::settings::Settings;

pub(super) async fn prepare<B: Bank>(bank: &Arc<B>, settings: &Settings) -> Result<Vec<Account>> {
    let count = settings.length.div_ceil(Account::EVENTS) as usize;
    seed::lasting_accounts(bank, count, Account::EVENTS).await
}

/// The time is that of the whole log: it ends when all is in the view.
pub(super) async fn project<B: Bank>(prepared: &Prepared<B>) -> Result<Outcome> {
    let before = prepared.bank.totals().await?;
    let began = Instant::now();
    let seen = prepared.bank.project(before.events).await?;
    let seconds = began.elapsed().as_secs_f64();
    // The view counts deposits; the accounts' first events pay nothing in.
    let expected = Totals {
        events: before.amount,
        amount: before.amount,
    };
    Ok(outcome(before.events, seconds, "the view", expected, seen))
}

pub(super) async fn replay<B: Bank>(prepared: &Prepared<B>) -> Result<Outcome> {
    let before = prepared.bank.totals().await?;
    let began = Instant::now();
    let seen = prepared.bank.replay().await?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(outcome(before.events, seconds, "the reader", before, seen))
}

fn outcome(events: u64, seconds: f64, who: &str, expected: Totals, seen: Totals) -> Outcome {
    let mut outcome = Outcome {
        operations: events,
        seconds,
        ..Outcome::default()
    };
    if seen != expected {
        outcome
            .problems
            .push(format!("{who} has {seen:?}, the log has {expected:?}"));
    }
    outcome
}
