//! Reads the whole log through the store's port.

use anyhow::Result;
use bench_harness::Totals;
use cqrs_core::ports::read_log::{LogRead, ReadLog};
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::RecordedEvent;
use cqrs_core::words::position::Position;

use crate::account::MoneyDeposited;

/// How many events a page has.
const PAGE: usize = 1_000;

pub(crate) async fn count(store: &SharedStore) -> Result<Totals> {
    let mut totals = Totals::default();
    let mut after = Position::START;
    loop {
        let page = store.read_log(LogRead::after(after).limit(PAGE)).await?;
        for event in &page.events {
            totals.events += 1;
            totals.amount += amount(event)?.map_or(0, u64::from);
        }
        after = page.through;
        if page.is_last {
            return Ok(totals);
        }
    }
}

/// What the event pays in, if it does.
pub(crate) fn amount(event: &RecordedEvent) -> Result<Option<u32>> {
    if event.name.as_str() != "account.deposited" {
        return Ok(None);
    }
    Ok(Some(event.payload.decode::<MoneyDeposited>()?.amount))
}
