//! The keeper: renews the leases of this node, and starts and ends the loops of its lanes.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::lane_loop::{drive_commands, drive_events};
use super::{SharedLane, Stopping};
use crate::runtime::app::Cqrs;
use crate::runtime::lane::LaneId;
use crate::runtime::processing::Processing;

/// How often the keeper asks which generations there are.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Until it is time to stop, and then until the loops have come to their end.
pub(super) async fn run(cqrs: Cqrs, stopping: watch::Receiver<bool>) {
    let Some(processing) = cqrs.processing() else {
        return;
    };
    let mut stop = Stopping(stopping);
    let mut loops = Loops::default();
    let mut lanes = processing.lanes_changed.subscribe();
    // A node that dies is seen when its lease has ended, and then within this time.
    let every = (processing.settings.lease / 4).min(Duration::from_millis(500));
    while !stop.is_set() {
        // The application was mostly built a moment ago.
        if !processing.is_declared_within(LOOK_AGAIN)
            && let Err(error) = processing.declare().await
        {
            tracing::warn!(%error, "processors could not be declared");
        }
        if let Err(error) = processing.hold().await {
            tracing::warn!(%error, "leases could not be renewed");
        }
        loops.follow(&cqrs, processing, &stop);
        tokio::select! {
            () = stop.wait() => {}
            () = tokio::time::sleep(every) => {}
            changed = lanes.changed() => {
                if changed.is_err() {
                    break;
                }
            }
        }
    }
    // Batches that take long are still ours: the leases are renewed until the last loop has ended.
    let mut ended = std::pin::pin!(loops.end());
    loop {
        tokio::select! {
            () = &mut ended => return processing.rest(),
            () = tokio::time::sleep(every) => {
                if let Err(error) = processing.hold().await {
                    tracing::warn!(%error, "leases could not be renewed");
                }
            }
        }
    }
}

/// The loops that run, by what they drive. Dropped, they are cut off.
#[derive(Default)]
struct Loops {
    running: HashMap<LaneId, Vec<JoinHandle<()>>>,
}

impl Loops {
    fn follow(&mut self, cqrs: &Cqrs, processing: &Processing, stop: &Stopping) {
        let lanes = processing.lanes();
        self.running.retain(|id, handles| {
            let stays = lanes.iter().any(|lane| lane.id() == *id);
            if !stays {
                handles.iter().for_each(JoinHandle::abort);
            }
            stays
        });
        for lane in lanes {
            let handles = self.running.entry(lane.id()).or_default();
            if handles.iter().any(JoinHandle::is_finished) {
                // It panicked, or was stopped by its policy: a stopped one stays so.
                if lane.observed.report().state != crate::runtime::lane::ProcessorState::Stopped {
                    handles.iter().for_each(JoinHandle::abort);
                    *handles = Self::start(cqrs, &lane, stop);
                }
            } else if handles.is_empty() {
                *handles = Self::start(cqrs, &lane, stop);
            }
        }
    }

    fn start(cqrs: &Cqrs, lane: &SharedLane, stop: &Stopping) -> Vec<JoinHandle<()>> {
        let mut handles = vec![tokio::spawn(drive_events(
            cqrs.clone(),
            SharedLane::clone(lane),
            stop.clone(),
        ))];
        if lane.processor().sends_commands() {
            handles.push(tokio::spawn(drive_commands(
                cqrs.clone(),
                SharedLane::clone(lane),
                stop.clone(),
            )));
        }
        handles
    }

    async fn end(&mut self) {
        for handle in self.running.values_mut().flatten() {
            // One that panicked has ended too.
            let _ = handle.await;
        }
    }
}

impl Drop for Loops {
    fn drop(&mut self) {
        self.running.values().flatten().for_each(JoinHandle::abort);
    }
}
