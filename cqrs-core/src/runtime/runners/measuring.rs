//! Looks at how the processors fare, again and again: for the gauges and the health check.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::watch;

use super::Stopping;
use crate::runtime::app::Cqrs;
use crate::runtime::health::{commands_wait, lags, nobody_holds};
use crate::runtime::processing::Processing;
use crate::words::generation::GenerationId;

/// How often at least.
const LOOK: Duration = Duration::from_secs(5);

/// Until it is time to stop.
pub(super) async fn run(cqrs: Cqrs, stopping: watch::Receiver<bool>) {
    let Some(processing) = cqrs.processing() else {
        return;
    };
    let mut stop = Stopping(stopping);
    tokio::select! {
        () = stop.wait() => {}
        () = look(&cqrs, processing) => {}
    }
    processing.set_problems(Vec::new());
}

async fn look(cqrs: &Cqrs, processing: &Processing) {
    let every = processing.settings.lease.min(LOOK);
    let mut idle = BTreeSet::new();
    // The keeper takes what is free first.
    tokio::time::sleep(every.min(Duration::from_secs(1))).await;
    loop {
        match see(cqrs, processing, &idle).await {
            Ok(now) => idle = now,
            Err(error) => tracing::warn!(%error, "how the processors fare could not be seen"),
        }
        tokio::time::sleep(every).await;
    }
}

/// Sets the gauges, and says which generations have partitions that nobody holds.
async fn see(
    cqrs: &Cqrs,
    processing: &Processing,
    before: &BTreeSet<GenerationId>,
) -> Result<BTreeSet<GenerationId>, super::RunError> {
    let mut idle = BTreeSet::new();
    let mut problems = Vec::new();
    for status in cqrs.processors().await? {
        problems.extend(lags(processing, &status));
        problems.extend(commands_wait(&status));
        if let Some(problem) = nobody_holds(processing, &status) {
            if before.contains(&status.generation) {
                problems.push(problem);
            }
            idle.insert(status.generation);
        }
    }
    processing.set_problems(problems);
    Ok(idle)
}
