//! The task that listens for appends of other processes.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::sync::watch;
use uuid::Uuid;

use crate::feed::Feed;
use crate::schema::Schema;

/// Where it is said that the log has grown.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) name: String,
    /// This store among all that use the channel.
    pub(crate) teller: String,
}

impl Channel {
    pub(crate) fn new(schema: &Schema) -> Self {
        // A channel's name has at most 63 bytes, as the schema's.
        let mut name = format!("cqrs.{}", schema.name());
        name.truncate(63);
        let teller = Uuid::now_v7().to_string();
        Self { name, teller }
    }
}

/// Runs until `stop` closes.
pub(crate) async fn run(
    feed: Arc<Feed>,
    channel: Channel,
    options: PgConnectOptions,
    mut stop: watch::Receiver<()>,
) {
    tokio::select! {
        () = keep_listening(&feed, &channel, options) => {}
        _ = stop.changed() => {}
    }
}

/// Connects again whenever the connection is lost: later and later, up to five seconds.
async fn keep_listening(feed: &Feed, channel: &Channel, options: PgConnectOptions) {
    const FIRST: Duration = Duration::from_millis(100);
    feed.watched.notified().await;
    let mut wait = FIRST;
    loop {
        let lost = listen(feed, channel, options.clone()).await;
        if feed.listening.swap(false, Ordering::Relaxed) {
            wait = FIRST;
        }
        tracing::warn!(error = ?lost.err(), ?wait, "cqrs_postgres.listen.lost: polling until it is back");
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(5));
    }
}

/// Listens until the connection is lost.
async fn listen(
    feed: &Feed,
    channel: &Channel,
    options: PgConnectOptions,
) -> Result<(), sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(&channel.name).await?;
    // Behind a proxy in transaction mode nothing ever arrives. Only what has arrived once is relied on.
    feed.to_tell.notify_one();
    while let Some(notification) = listener.try_recv().await? {
        if !feed.listening.swap(true, Ordering::Relaxed) {
            tracing::debug!(channel = channel.name, "cqrs_postgres.listen.ready");
        }
        if notification.payload() != channel.teller {
            feed.grown.notify_one();
        }
    }
    Ok(())
}
