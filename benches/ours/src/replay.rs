//! Reads the whole log, as a user does it: event by event, with its type.

use anyhow::Result;
use bench_harness::Totals;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::RecordedEvent;
use cqrs_core::words::position::Position;

use crate::account::{AccountEvent, MoneyDeposited};

pub(crate) async fn count(cqrs: &Cqrs) -> Result<Totals> {
    let mut totals = Totals::default();
    let mut events = cqrs.read_log::<AccountEvent>(Position::START);
    while let Some(event) = events.next().await? {
        totals.events += 1;
        if let AccountEvent::MoneyDeposited(deposited) = &event.event {
            totals.amount += u64::from(deposited.amount);
        }
    }
    Ok(totals)
}

/// What the event pays in, if it does.
pub(crate) fn amount(event: &RecordedEvent) -> Result<Option<u32>> {
    if event.name.as_str() != "account.deposited" {
        return Ok(None);
    }
    Ok(Some(event.payload.decode::<MoneyDeposited>()?.amount))
}
