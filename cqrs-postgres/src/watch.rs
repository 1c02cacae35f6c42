//! Watching the end of the log: F5.
//!
//! One task a store asks where the log ends. It is woken by appends of this process and by notifications of others,
//! and asks by itself behind them: often while an append holds the feed back or shortly after one, rarely when nothing
//! happens, not at all while nobody watches.

pub(crate) mod listener;
pub(crate) mod notifier;
mod pace;
pub(crate) mod poller;

use cqrs_core::ports::watch::{LogWatch, WatchLog};

use crate::postgres::Postgres;

impl WatchLog for Postgres {
    fn watch(&self) -> LogWatch {
        LogWatch::new(self.inner.feed.subscribe())
    }
}
