//! The task that asks where the log ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cqrs_core::words::position::Position;
use tokio::sync::watch;

use super::pace::Pace;
use crate::feed::Feed;

/// Runs until `stop` closes; drops the channel then, which ends all watches.
pub(crate) async fn run(
    feed: Arc<Feed>,
    settled: Arc<watch::Sender<Position>>,
    slowest: Duration,
    mut stop: watch::Receiver<()>,
) {
    tokio::select! {
        () = poll(&feed, &settled, slowest) => {}
        _ = stop.changed() => {}
    }
}

async fn poll(feed: &Feed, settled: &watch::Sender<Position>, slowest: Duration) {
    let mut pace = Pace::new(slowest);
    loop {
        if settled.receiver_count() == 0 {
            feed.grown.notified().await;
            continue;
        }
        let before = feed.known();
        let wait = match feed.ask().await {
            Ok(floor) => {
                if floor.settled > before {
                    tracing::trace!(position = %floor.settled, "cqrs_postgres.watch.settled");
                    pace.hurry();
                }
                pace.after(floor, feed.listening.load(Ordering::Relaxed))
            }
            Err(error) => {
                tracing::debug!(?error, "cqrs_postgres.watch.failed");
                pace.after_error()
            }
        };
        tokio::select! {
            () = feed.grown.notified() => pace.hurry(),
            () = tokio::time::sleep(wait) => {}
        }
    }
}
