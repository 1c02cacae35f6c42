//! Watching the end of the log: F5.

use cqrs_core::ports::watch::{LogWatch, WatchLog};

use super::Memory;
use crate::log::Log;

impl WatchLog for Memory {
    fn watch(&self) -> LogWatch {
        let log = self.log();
        let watch = LogWatch::new(self.shared.settled.subscribe());
        self.settle(&log);
        watch
    }
}

impl Memory {
    /// Tells the watches. The caller holds the lock: otherwise a slower append could move them backward.
    pub(super) fn settle(&self, log: &Log) {
        if self.shared.settled.receiver_count() == 0 {
            // Whoever begins to watch settles it.
            return;
        }
        let end = log.end();
        self.shared.settled.send_if_modified(|settled| {
            let moved = *settled != end;
            *settled = end;
            moved
        });
    }
}
