//! Reads the whole log through the event store.

use anyhow::Result;
use bench_harness::Totals;
use disintegrate::{EventStore, StreamItem, query};
use futures::TryStreamExt;

use crate::account::AccountEvent;
use crate::bank::Store;

pub(crate) async fn count(store: &Store) -> Result<Totals> {
    let mut totals = Totals::default();
    let query = query!(AccountEvent);
    let mut items = store.stream(&query);
    while let Some(item) = items.try_next().await? {
        if let StreamItem::Event(event) = item {
            totals.events += 1;
            if let AccountEvent::Deposited { amount, .. } = event.into_inner() {
                totals.amount += u64::from(amount);
            }
        }
    }
    Ok(totals)
}
