//! The same totals in rows of the store in memory.

use chrono::NaiveDate;
use cqrs_core::ports::error::BoxError;
use cqrs_core::prelude::*;
use cqrs_core::runtime::projection::Projection;
use cqrs_core::words::payload::Payload;
use cqrs_memory::{Memory, MemoryTransaction};

use super::{CashEvent, DAILY_TOTALS, DailyTotals, ReadDailyTotals, Totals, entry};

const TABLE: &str = "daily_totals";

impl Projection<Memory> for DailyTotals {
    const NAME: ProcessorName = DAILY_TOTALS;
    type Event = CashEvent;
    type Error = BoxError;

    async fn setup(&self, _tx: &mut MemoryTransaction) -> Result<(), BoxError> {
        Ok(())
    }

    async fn project(
        &self,
        event: &Recorded<CashEvent>,
        tx: &mut MemoryTransaction,
    ) -> Result<(), BoxError> {
        let (day, added) = entry(event);
        let day = day.to_string();
        let mut totals: Totals = match tx.get(TABLE, &day) {
            Some(row) => row.decode()?,
            None => Totals::default(),
        };
        totals.deposited += added.deposited;
        totals.withdrawn += added.withdrawn;
        tx.put(TABLE, day, Payload::encode(&totals)?);
        Ok(())
    }
}

impl ReadDailyTotals for Memory {
    async fn on(&self, day: NaiveDate) -> Result<Totals, BoxError> {
        match self.row(&DAILY_TOTALS, TABLE, &day.to_string()) {
            Some(row) => Ok(row.decode()?),
            None => Ok(Totals::default()),
        }
    }
}
