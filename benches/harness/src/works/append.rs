//! Appends of one event without a decision.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::account::{Account, Entry};
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
        for version in 0..Account::EVENTS {
            if !run.goes_on() {
                break;
            }
            let began = Instant::now();
            let entry = Entry {
                account,
                version,
                amount: 1,
            };
            let appended = bank.append(entry).await?;
            ensure!(
                appended == Tried::Accepted,
                "an account of one task met a conflict"
            );
            run.recorded(began, 1);
        }
    }
    Ok(run)
}
