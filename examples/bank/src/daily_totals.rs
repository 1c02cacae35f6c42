//! What came in and went out on each day: a read model in a table of its own, by a plain `+=`.
//!
//! A projection is written for a backend. This one is written for two, so that the whole bank runs on both.

mod in_memory;
mod on_postgres;

use std::future::Future;

use chrono::NaiveDate;
use cqrs_core::ports::error::BoxError;
use cqrs_core::prelude::*;

use crate::account::{MoneyDeposited, MoneyWithdrawn};

pub use on_postgres::PostgresTotals;

/// The projection. It has no state: the totals are in the table.
#[derive(Clone, Copy, Debug)]
pub struct DailyTotals;

/// Its durable name, on either backend.
pub const DAILY_TOTALS: ProcessorName = ProcessorName::from_static("daily-totals");

/// Cash in and out. Transfers stay in the bank, so they don't count.
#[derive(EventSet, Clone, Debug, PartialEq)]
pub enum CashEvent {
    Deposited(MoneyDeposited),
    Withdrawn(MoneyWithdrawn),
}

/// The totals of one day.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub deposited: i64,
    pub withdrawn: i64,
}

/// Where the totals can be read.
pub trait ReadDailyTotals: Send + Sync {
    /// Those of this day.
    fn on(&self, day: NaiveDate) -> impl Future<Output = Result<Totals, BoxError>> + Send;
}

/// The day that an event counts for, and what it adds.
fn entry(event: &Recorded<CashEvent>) -> (NaiveDate, Totals) {
    let (deposited, withdrawn) = match &event.event {
        CashEvent::Deposited(event) => (event.amount, 0),
        CashEvent::Withdrawn(event) => (0, event.amount),
    };
    let totals = Totals {
        deposited: deposited.into(),
        withdrawn: withdrawn.into(),
    };
    (event.recorded_at.date_naive(), totals)
}
