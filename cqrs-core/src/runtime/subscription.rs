//! A subscription: the log as it grows.

mod typed;

use std::collections::VecDeque;

use super::ahead::Ahead;
use crate::ports::error::StoreError;
use crate::ports::read_log::{LogPage, LogRead};
use crate::ports::store::SharedStore;
use crate::ports::watch::LogWatch;
use crate::words::event::RecordedEvent;
use crate::words::filter::Filter;
use crate::words::position::Position;

pub use typed::TypedSubscription;

/// Follows the log from a position: what is there, then what comes, each matching event exactly once and in order.
///
/// # Guarantees
///
/// - F1, F2, F4: those of the log that it reads.
/// - F5: it says when it has caught up, and delivers within milliseconds of a commit, without busy polling.
#[derive(Debug)]
pub struct Subscription {
    store: DebugStore,
    watch: LogWatch,
    filter: Filter,
    page: usize,
    after: Position,
    waiting: VecDeque<RecordedEvent>,
    catching_up: bool,
    caught_up: Option<Position>,
    /// While it catches up, the next page is on its way.
    ahead: Ahead<LogPage>,
}

/// What a subscription delivers: events as they are recorded, or typed ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery<E = RecordedEvent> {
    /// The next event that matches.
    Event(Box<E>),
    /// Nothing that matches is left up to this position: what comes now is new. Said once after the start, and again
    /// each time that the subscription had fallen behind by more than a page.
    CaughtUp(Position),
}

impl Subscription {
    /// Follows what `filter` matches after a position; [`Position::START`] for all.
    #[must_use]
    pub fn new(store: SharedStore, after: Position, filter: Filter) -> Self {
        let watch = store.watch();
        Self {
            store: DebugStore(store),
            watch,
            filter,
            page: 500,
            after,
            waiting: VecDeque::new(),
            catching_up: true,
            caught_up: None,
            ahead: Ahead::default(),
        }
    }

    /// Reads pages of at most so many events, at least 1; 500 where nothing is said.
    #[must_use]
    pub fn page(mut self, events: usize) -> Self {
        self.page = events.max(1);
        self
    }

    /// The next delivery; waits for one. Can be dropped at any time: nothing is lost, and nothing comes twice.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the log can't be read. Call again to go on from the same place.
    pub async fn next(&mut self) -> Result<Delivery, StoreError> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(Delivery::Event(Box::new(event)));
            }
            if let Some(position) = self.caught_up.take() {
                return Ok(Delivery::CaughtUp(position));
            }
            let page = match self.ahead.take().await {
                Some(page) => page,
                None => self.read().await?,
            };
            // No await from here on, so that a dropped future leaves a whole page or none.
            self.after = page.through;
            self.waiting = page.events.into();
            if page.is_last && self.catching_up {
                self.caught_up = Some(self.after);
            }
            self.catching_up = !page.is_last;
            if self.catching_up {
                let (store, request) = (SharedStore::clone(&self.store.0), self.request());
                self.ahead
                    .begin(async move { store.read_log(request).await });
            }
        }
    }

    async fn read(&mut self) -> Result<LogPage, StoreError> {
        let mut request = self.request();
        if !self.catching_up {
            let settled = self.watch.past(self.after).await?;
            request = request.through(settled);
        }
        self.store.0.read_log(request).await
    }

    fn request(&self) -> LogRead {
        LogRead::after(self.after)
            .filter(self.filter.clone())
            .limit(self.page)
    }
}

/// Keeps the store out of the subscription's `Debug`.
struct DebugStore(SharedStore);

impl std::fmt::Debug for DebugStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("EventStore")
    }
}
