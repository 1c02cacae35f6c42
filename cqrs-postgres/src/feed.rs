//! Up to where the log is settled: the lock-encoded floor of `migrations/0002_feed.sql`, seen from here.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use cqrs_core::ports::error::StoreError;
use cqrs_core::words::position::Position;
use sqlx::Row;
use tokio::sync::{Notify, watch};

use crate::session::Session;
use crate::sqlstate::store_error;
use crate::statements::Statements;

/// What the tasks that follow the log share with the store.
#[derive(Debug)]
pub(crate) struct Feed {
    pub(crate) session: Session,
    pub(crate) statements: Arc<Statements>,
    /// Positions up to this one are known to be settled, and so for ever.
    known: AtomicU64,
    /// Gone when the store is closed: watches end then.
    settled: Weak<watch::Sender<Position>>,
    /// The log may have grown.
    pub(crate) grown: Notify,
    /// Others want to know that it has.
    pub(crate) to_tell: Notify,
    /// Somebody watches.
    pub(crate) watched: Notify,
    /// Whether notifications are known to arrive.
    pub(crate) listening: AtomicBool,
}

/// Where the log stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Floor {
    /// Up to here no event will appear any more.
    pub(crate) settled: Position,
    /// The last position that was drawn.
    pub(crate) head: Position,
}

impl Feed {
    pub(crate) fn new(
        session: Session,
        statements: Arc<Statements>,
        settled: &Arc<watch::Sender<Position>>,
    ) -> Self {
        Self {
            session,
            statements,
            known: AtomicU64::new(0),
            settled: Arc::downgrade(settled),
            grown: Notify::new(),
            to_tell: Notify::new(),
            watched: Notify::new(),
            listening: AtomicBool::new(false),
        }
    }

    /// Asks the server, and tells the watches.
    pub(crate) async fn ask(&self) -> Result<Floor, StoreError> {
        let statement = sqlx::query(self.statements.find_settled.clone());
        let row = self.session.row(statement).await.map_err(store_error)?;
        let position = |index| {
            let number: i64 = row.try_get(index).map_err(StoreError::other)?;
            Position::try_from(number).map_err(StoreError::other)
        };
        let floor = Floor {
            settled: position(0)?,
            head: position(1)?,
        };
        self.publish(floor.settled);
        Ok(floor)
    }

    /// Up to here the log is known to be settled.
    pub(crate) fn known(&self) -> Position {
        Position::new(self.known.load(Ordering::Acquire)).unwrap_or(Position::START)
    }

    /// A watch of what is known; it ends at once when the store is closed.
    ///
    /// The first one wakes the poller. One beside others is as well informed as those: to ask for each would make whoever only
    /// looks where the log stands poll it.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Position> {
        let Some(settled) = self.settled.upgrade() else {
            return watch::channel(self.known()).1;
        };
        let is_first = settled.receiver_count() == 0;
        let receiver = settled.subscribe();
        if is_first {
            self.watched.notify_one();
            self.grown.notify_one();
        }
        receiver
    }

    /// Events of this process were committed.
    pub(crate) fn appended(&self) {
        self.grown.notify_one();
        self.to_tell.notify_one();
    }

    /// Answers may overtake each other; the log never goes back.
    fn publish(&self, settled: Position) {
        self.known.fetch_max(settled.get(), Ordering::AcqRel);
        if let Some(channel) = self.settled.upgrade() {
            channel.send_if_modified(|known| {
                let rises = settled > *known;
                *known = settled.max(*known);
                rises
            });
        }
    }
}
