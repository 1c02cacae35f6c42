//! Appends of one event under the condition that the account has no newer one.

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
        let mut position = 0;
        for version in 0..Account::EVENTS {
            if !run.goes_on() {
                break;
            }
            let entry = Entry {
                account,
                version,
                amount: 1,
            };
            let appended = || bank.append_unless(entry, position);
            match run.tries(1, appended).await? {
                Some(at) => position = at,
                None => break,
            }
        }
    }
    Ok(run)
}
