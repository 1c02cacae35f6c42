//! The handle: what is behind it, and how it ends.

use std::sync::Arc;

use cqrs_core::ports::limits::Limits;
use tokio::sync::{RwLock, Semaphore, watch};

use crate::append::group::Group;
use crate::append::locks::LockSpace;
use crate::builder::Builder;
use crate::connect_error::ConnectError;
use crate::feed::Feed;
use crate::patience::Patience;
use crate::session::Session;
use crate::statements::Statements;

/// A store in a PostgreSQL database. Clones are handles on the same connections.
#[derive(Clone)]
pub struct Postgres {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) session: Session,
    pub(crate) statements: Arc<Statements>,
    pub(crate) limits: Limits,
    pub(crate) lock_space: LockSpace,
    pub(crate) feed: Arc<Feed>,
    /// Read by each hold while it is on its way: a node leaves after what it asked for before.
    pub(crate) holding: Arc<RwLock<()>>,
    pub(crate) group: Group,
    /// Appends that ask read models have a connection each for as long as they take. One of the pool is left to others: what
    /// they wait for may need it.
    pub(crate) inline_appends: Semaphore,
    pub(crate) schema: String,
    /// How long a user's transaction may be idle.
    pub(crate) patience: Patience,
    /// The tasks that follow the log end when this is sent to, or dropped with the last handle.
    pub(crate) stop: watch::Sender<()>,
}

impl Postgres {
    /// Opens the log in the schema `cqrs` of this database, with the defaults of [`Builder`], and creates it where it
    /// is missing.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] says what the database lacks, or why it can't be reached.
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        Self::builder(url).connect().await
    }

    /// Opens a log with settings of its own.
    pub fn builder(url: &str) -> Builder {
        Builder::new(url)
    }

    /// Waits until the calls in flight are done, and closes all connections. Watches end; later calls fail.
    pub async fn close(&self) {
        self.inner.stop.send_replace(());
        self.inner.group.ended().await;
        self.inner.session.pool().close().await;
    }
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Postgres")
            .field("schema", &self.inner.schema)
            .field("known", &self.inner.feed.known())
            .field("limits", &self.inner.limits)
            .finish_non_exhaustive()
    }
}
