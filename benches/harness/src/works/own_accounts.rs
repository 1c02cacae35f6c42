//! Commands, each task on accounts of its own.

use std::sync::Arc;

use anyhow::Result;

use crate::account::Account;
use crate::bank::Bank;
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
        if !run.records(0, || bank.open(account)).await? {
            break;
        }
        for _ in 1..Account::EVENTS {
            if !run.goes_on() || !run.records(1, || bank.deposit(account, 1)).await? {
                break;
            }
        }
    }
    Ok(run)
}
