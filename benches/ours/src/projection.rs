//! The view of balances: a `View`, which keeps a document for each account on every backend.

mod own_table;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use bench_harness::Totals;
use cqrs_core::domain::view::View;
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;

use crate::account::AccountEvent;
use crate::bank::Ours;
use crate::store::Store;

/// What one account has got.
#[derive(Serialize, Deserialize, Default, Debug)]
struct Balance {
    deposits: u64,
    balance: u64,
}

impl View for Balance {
    const NAME: ProcessorName = ProcessorName::from_static("balances");
    type Event = AccountEvent;
    type Key = String;

    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = String> {
        [event.stream.key().to_string()]
    }

    fn apply(&mut self, event: &Recorded<AccountEvent>) {
        if let AccountEvent::MoneyDeposited(deposited) = &event.event {
            self.deposits += 1;
            self.balance += u64::from(deposited.amount);
        }
    }
}

const DOCUMENTS: &str = "SELECT coalesce(sum((content->>'deposits')::bigint), 0)::bigint, \
     coalesce(sum((content->>'balance')::bigint), 0)::bigint FROM cqrs.documents";

/// Runs the read model from the start of the log to its end, and says what it has.
pub(crate) async fn run(bank: &Ours) -> Result<Totals> {
    match &bank.store {
        Store::Postgres { store, counter } if bank.has_own_table => {
            own_table::run(store, counter).await
        }
        Store::Postgres { store, counter } => {
            drive(Arc::new(store.clone())).await?;
            let (events, amount): (i64, i64) = sqlx::query_as(DOCUMENTS).fetch_one(counter).await?;
            Ok(Totals {
                events: u64::try_from(events)?,
                amount: u64::try_from(amount)?,
            })
        }
        Store::Memory(memory) => listed(&drive(Arc::new(memory.clone())).await?).await,
    }
}

/// As a program does it: the runners come on until the view has seen all.
async fn drive(store: SharedReadSide) -> Result<Cqrs> {
    let cqrs = Cqrs::builder(store).view::<Balance>().build().await?;
    let end = end_of_log(&cqrs).await?;
    let runners = cqrs.start_runners();
    let seen = cqrs.views::<Balance>().at_least(end).limit(1);
    seen.within(Duration::from_mins(10)).await?;
    ensure!(
        runners.stop(Duration::from_secs(5)).await,
        "it did not stop"
    );
    Ok(cqrs)
}

async fn end_of_log(cqrs: &Cqrs) -> Result<Position> {
    let mut watch = cqrs.store().watch();
    Ok(watch.past(Position::START).await?)
}

async fn listed(cqrs: &Cqrs) -> Result<Totals> {
    let mut totals = Totals::default();
    let mut after = None;
    loop {
        let mut list = cqrs.views::<Balance>().limit(1_000);
        if let Some(after) = after {
            list = list.after(after);
        }
        let page = list.await?;
        for (_, balance) in &page.documents {
            totals.events += balance.deposits;
            totals.amount += balance.balance;
        }
        after = page.next;
        if after.is_none() {
            return Ok(totals);
        }
    }
}
