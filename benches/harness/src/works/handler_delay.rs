//! From the acknowledgement of an append to the event's handler, while all tasks append.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::account::{Account, Entry};
use crate::arrivals::Arrivals;
use crate::bank::Bank;
use crate::protocol::Outcome;
use crate::run::Prepared;
use crate::tasks::{Run, side_by_side};

/// How long the last events may take.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn work<B: Bank>(prepared: &Prepared<B>) -> Result<Outcome> {
    let settings = &prepared.settings;
    let arrivals = Arc::new(Arrivals::new());
    prepared.bank.follow(Arc::clone(&arrivals)).await?;
    let mut outcome = side_by_side(settings.tasks, settings.time(), |run| {
        task(Arc::clone(&prepared.bank), Arc::clone(&arrivals), run)
    })
    .await?;
    let ended = Instant::now();
    while arrivals.missing() > 0 && ended.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    if arrivals.missing() > 0 {
        outcome.problems.push(format!(
            "{} events never arrived at the handler",
            arrivals.missing()
        ));
    }
    if arrivals.doubled() > 0 {
        outcome.problems.push(format!(
            "{} events arrived at the handler twice",
            arrivals.doubled()
        ));
    }
    outcome.figures.insert(
        "seconds until the last one arrived".into(),
        ended.elapsed().as_secs_f64(),
    );
    outcome.latency = arrivals.delays();
    Ok(outcome)
}

async fn task<B: Bank>(bank: Arc<B>, arrivals: Arc<Arrivals>, mut run: Run) -> Result<Run> {
    while run.goes_on() {
        let account = Account::new();
        for version in 0..Account::EVENTS {
            let Some(amount) = run.goes_on().then(|| arrivals.next()).flatten() else {
                return Ok(run);
            };
            let entry = Entry {
                account,
                version,
                amount,
            };
            if run.records(amount, || bank.append(entry)).await? {
                arrivals.acknowledged(amount);
            }
        }
    }
    Ok(run)
}
