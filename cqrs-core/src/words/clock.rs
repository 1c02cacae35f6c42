//! Where a decision gets its time and its new ids from.

use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

/// Tells the time. Replaced in tests.
pub trait Clock: std::fmt::Debug + Send + Sync {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;
}

/// Makes new ids. Replaced in tests.
pub trait IdSource: std::fmt::Debug + Send + Sync {
    /// An id that nobody has had before.
    fn new_id(&self) -> Uuid;
}

/// The machine's clock and random source: ids are UUIDs of version 7.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Clock for System {
    /// In whole microseconds, which is what databases keep.
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}

impl IdSource for System {
    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}
