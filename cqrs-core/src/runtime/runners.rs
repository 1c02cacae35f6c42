//! The runners: drive the processors of an application on this node, together with other nodes.

mod error;
mod keeper;
mod lane_loop;
mod measuring;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::app::Cqrs;

pub use error::RunError;

/// The processors of an application as they run on this node. Dropping it stops them as soon as they can be stopped;
/// [`stop`](Runners::stop) also waits for it.
#[must_use = "the processors run as long as this is kept"]
#[derive(Debug)]
pub struct Runners {
    cqrs: Cqrs,
    stopping: watch::Sender<bool>,
    keeper: Option<JoinHandle<()>>,
}

impl Cqrs {
    /// Runs the processors on this node, together with all other nodes that run the same program on the same store: the
    /// partitions of each processor are shared out among them, and taken over when a node dies.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn start_runners(&self) -> Runners {
        let stopping = watch::Sender::new(false);
        let keeper = self.processing().map(|processing| {
            processing.runners.fetch_add(1, Ordering::Relaxed);
            let running = Running(self.clone());
            let keeper = keeper::run(self.clone(), stopping.subscribe());
            let measuring = measuring::run(self.clone(), stopping.subscribe());
            tokio::spawn(async {
                let _running = running;
                tokio::join!(keeper, measuring);
            })
        });
        Runners {
            cqrs: self.clone(),
            stopping,
            keeper,
        }
    }
}

impl Runners {
    /// Stops after the batches that are being worked on, and gives the partitions to other nodes. After the deadline it
    /// is cut off, which loses nothing: what is not recorded is done again.
    ///
    /// Says whether everything came to its end in time.
    pub async fn stop(mut self, deadline: Duration) -> bool {
        self.stopping.send_replace(true);
        let Some(mut keeper) = self.keeper.take() else {
            return true;
        };
        let in_time = tokio::time::timeout(deadline, &mut keeper).await.is_ok();
        if !in_time {
            keeper.abort();
            // Until it has really ended, it may renew what is given back below.
            let _ = keeper.await;
        }
        if let Some(processing) = self.cqrs.processing() {
            processing.rest();
            let left = processing.store.leave(&processing.node);
            if let Err(error) = left.await {
                tracing::warn!(%error, "partitions could not be given back: others wait for the end of the lease");
            }
        }
        in_time
    }
}

impl Drop for Runners {
    fn drop(&mut self) {
        self.stopping.send_replace(true);
    }
}

/// As long as it is there, the lanes of this node are driven.
struct Running(Cqrs);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(processing) = self.0.processing() {
            processing.runners.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Whether, and until when, a loop goes on.
#[derive(Clone)]
struct Stopping(watch::Receiver<bool>);

impl Stopping {
    fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Until it is time to stop.
    async fn wait(&mut self) {
        // An error: the runners were dropped, which is the same.
        let _ = self.0.wait_for(|stopping| *stopping).await;
    }
}

/// The lane that a loop drives.
type SharedLane = Arc<super::lane::Lane>;
