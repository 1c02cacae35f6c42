//! A store: all ports of the write side together.

use std::sync::Arc;

use super::append::AppendEvents;
use super::read_log::ReadLog;
use super::read_stream::ReadStream;
use super::receipts::Receipts;
use super::watch::WatchLog;

/// All that the write side needs from a store. Whatever has the five ports is one.
pub trait EventStore: AppendEvents + ReadStream + ReadLog + WatchLog + Receipts + 'static {}

impl<S: AppendEvents + ReadStream + ReadLog + WatchLog + Receipts + 'static> EventStore for S {}

/// A store without its type, as the runtime holds it.
pub type SharedStore = Arc<dyn EventStore>;
