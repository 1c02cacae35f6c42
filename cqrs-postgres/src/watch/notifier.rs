//! The task that tells other processes that the log has grown.
//!
//! NOTIFY locks at commit, cluster-wide, so that it must not be part of an append. Said at once, and then at most once
//! every few milliseconds however many appends there are.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::listener::Channel;
use crate::feed::Feed;

const DEBOUNCE: Duration = Duration::from_millis(3);

/// Runs until `stop` closes.
pub(crate) async fn run(feed: Arc<Feed>, channel: Channel, mut stop: watch::Receiver<()>) {
    tokio::select! {
        () = tell(&feed, &channel) => {}
        _ = stop.changed() => {}
    }
}

async fn tell(feed: &Feed, channel: &Channel) {
    loop {
        feed.to_tell.notified().await;
        let statement = sqlx::query(feed.statements.notify_appended.clone())
            .bind(&channel.name)
            .bind(&channel.teller);
        if let Err(error) = feed.session.execute(statement).await {
            tracing::debug!(%error, "cqrs_postgres.notify.failed");
        }
        tokio::time::sleep(DEBOUNCE).await;
    }
}
