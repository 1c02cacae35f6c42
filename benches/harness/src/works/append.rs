//! Appends of one event without a decision.

use std::sync::Arc;

use anyhow::Result;

use crate::account::{Account, Entry};
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
        for version in 0..Account::EVENTS {
            let entry = Entry {
                account,
                version,
                amount: 1,
            };
            if !run.goes_on() || !run.records(1, || bank.append(entry)).await? {
                break;
            }
        }
    }
    Ok(run)
}
