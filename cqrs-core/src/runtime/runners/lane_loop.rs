//! The loops of a lane: events, and staged commands.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{SharedLane, Stopping};
use crate::runtime::app::Cqrs;
use crate::runtime::lane::{LaneError, ProcessorState, Step};
use crate::runtime::processor::described;
use crate::runtime::retry::RetryPolicy;
use crate::words::position::Position;

/// Delays after failures of the store.
fn delays() -> RetryPolicy {
    RetryPolicy {
        first_delay: Duration::from_millis(50),
        longest_delay: Duration::from_secs(5),
        ..RetryPolicy::default()
    }
}

/// Handles events until it is time to stop, or the policy says so.
pub(super) async fn drive_events(cqrs: Cqrs, lane: SharedLane, mut stop: Stopping) {
    let mut watch = cqrs.store().watch();
    let mut failed = 0;
    while !stop.is_set() {
        match lane.step(&cqrs).await {
            Ok(Step::Moved) => {
                recovered(&lane, &mut failed);
                tokio::task::yield_now().await;
            }
            Ok(Step::Idle(next)) => {
                recovered(&lane, &mut failed);
                let seen = lane.seen().await;
                let again = match switch(&cqrs, &lane, seen).await {
                    Ok(again) => again,
                    Err(error) => {
                        if !endure(&lane, error, &mut failed, &mut stop).await {
                            return;
                        }
                        continue;
                    }
                };
                tokio::select! {
                    () = stop.wait() => {}
                    () = after(again) => {}
                    () = lane.wake.notified() => {}
                    () = until(&cqrs, next) => {}
                    grown = watch.past(seen.unwrap_or_default()), if seen.is_some() => {
                        if grown.is_err() {
                            return;
                        }
                    }
                }
            }
            Err(error) => {
                if !endure(&lane, error, &mut failed, &mut stop).await {
                    return;
                }
            }
        }
    }
}

/// Sends staged commands until it is time to stop, or the policy says so.
pub(super) async fn drive_commands(cqrs: Cqrs, lane: SharedLane, mut stop: Stopping) {
    let mut failed = 0;
    while !stop.is_set() {
        match lane.deliver(&cqrs).await {
            Ok(Step::Moved) => failed = 0,
            Ok(Step::Idle(next)) => {
                failed = 0;
                tokio::select! {
                    () = stop.wait() => {}
                    () = lane.staged.notified() => {}
                    () = until(&cqrs, next) => {}
                }
            }
            Err(error) => {
                if !endure(&lane, error, &mut failed, &mut stop).await {
                    return;
                }
            }
        }
    }
}

/// A generation that is being built becomes live when it has caught up, and inline where it is to be. Says when to look
/// again whether it can, also when nothing happens.
async fn switch(
    cqrs: &Cqrs,
    lane: &SharedLane,
    seen: Option<Position>,
) -> Result<Option<Duration>, LaneError> {
    let Some(processing) = cqrs.processing() else {
        return Ok(None);
    };
    if lane.is_to_be_inline() {
        if seen.is_none() {
            return Ok(None);
        }
        let wait = processing.too_early_for_inline(lane.name());
        if wait.is_some() {
            return Ok(wait);
        }
        return match processing.try_inline(cqrs, lane).await {
            Ok(true) => Ok(None),
            Ok(false) => Ok(Some(INLINE_AGAIN)),
            Err(LaneError::Store(error)) => {
                tracing::warn!(%error, generation = %lane.row.of, "a generation could not be made inline");
                Ok(Some(INLINE_AGAIN))
            }
            Err(stopped) => Err(stopped),
        };
    }
    if let Err(error) = processing.try_switch(lane, seen).await {
        tracing::warn!(%error, generation = %lane.row.of, "a generation could not be made live");
    }
    Ok(None)
}

/// How long a generation that could not be made inline is left alone.
const INLINE_AGAIN: Duration = Duration::from_millis(250);

async fn after(time: Option<Duration>) {
    match time {
        None => std::future::pending().await,
        Some(time) => tokio::time::sleep(time).await,
    }
}

/// Until this moment by the application's clock; for ever when there is none. Never shorter than 50 ms, so that a clock
/// that stands still can't make a loop spin.
async fn until(cqrs: &Cqrs, moment: Option<DateTime<Utc>>) {
    match moment {
        None => std::future::pending().await,
        Some(moment) => {
            let left = (moment - cqrs.now()).to_std().unwrap_or_default();
            tokio::time::sleep(left.max(Duration::from_millis(50))).await;
        }
    }
}

fn recovered(lane: &SharedLane, failed: &mut u32) {
    *failed = 0;
    lane.observed.set_state(ProcessorState::Running, None);
}

/// Waits after a failure, and says whether to go on.
async fn endure(
    lane: &SharedLane,
    error: LaneError,
    failed: &mut u32,
    stop: &mut Stopping,
) -> bool {
    match error {
        LaneError::Store(error) => {
            *failed = failed.saturating_add(1);
            let error = described(&error);
            tracing::warn!(generation = %lane.row.of, %error, failed, "a processor could not go on: it tries again");
            lane.observed
                .set_state(ProcessorState::Failing, Some(error));
            tokio::select! {
                () = stop.wait() => {}
                () = tokio::time::sleep(delays().delay(*failed)) => {}
            }
            true
        }
        LaneError::Stopped {
            position,
            key,
            error,
        } => {
            let span = tracing::error_span!("cqrs.processor.stopped", processor = %lane.name(), %position, %key);
            span.in_scope(|| tracing::error!(%error, "the error policy has stopped a processor"));
            metrics::counter!("cqrs_processor_stops_total", "processor" => lane.name().to_string())
                .increment(1);
            lane.observed
                .set_state(ProcessorState::Stopped, Some(error));
            false
        }
    }
}
