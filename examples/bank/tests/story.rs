//! The program's story, on every store: one line differs.

use std::time::Duration;

use bank::daily_totals::{DailyTotals, PostgresTotals, ReadDailyTotals};
use bank::large_withdrawal_alert::Outbox;
use bank::{application, story};
use cqrs_core::ports::transactions::Transactions;
use cqrs_core::runtime::projection::Projection;
use cqrs_memory::Memory;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;
use uuid::Uuid;

const TOLD: &str = "\
Ada opens an account.        version 1
She deposits 50.00.          version 2
She withdraws 30.00.         version 3, the new balance is 20.00 (done)
The request comes again.     version 3, the new balance is 20.00 (done before, nothing new)
She wants 80.00.             rejected: 20.00 is less than 80.00
Eve opens the same account.  not done: account-ID exists already
Bob pays in somewhere else.  not done: account-ID does not exist

Now the account is at version 3 and has 20.00; at version 2 it had 50.00.

Bob opens an account too, with 2500.00.
Ada sends Bob 15.00.         done
Ada sends Bob 100.00.        refused (in cents): balance 500 is less than 10000
Ada mistypes the account.    given back: account-ID does not exist
Bob withdraws 1200.00.       mail to the branch: 1200.00 withdrawn from account-ID
Ada's account: 5.00 after 5 movements
Bob's account: 1315.00 after 3 movements
Today, in cash: 2550.00 in, 1230.00 out

The log keeps it all:
  version 1  Ada opened the account
  version 2  50.00 deposited
  version 3  30.00 withdrawn, by ada
  version 4  15.00 sent
  version 5  4.00 sent
  version 6  4.00 received
";

type Checked = Result<(), Box<dyn std::error::Error + Send + Sync>>;

async fn is_told_on<S: Transactions>((store, totals): (S, impl ReadDailyTotals)) -> Checked
where
    DailyTotals: Projection<S>,
{
    let mail = Outbox::default();
    let cqrs = application::open(store, mail.clone()).await?;
    let runners = cqrs.start_runners();
    let mut out = Vec::new();
    story::tell(&cqrs, &mail, &totals, &mut out).await?;
    assert!(runners.stop(Duration::from_secs(10)).await);
    assert_eq!(without_ids(&String::from_utf8(out)?), TOLD);
    Ok(())
}

fn memory() -> (Memory, Memory) {
    let store = Memory::new();
    (store.clone(), store)
}

async fn postgres(scratch: &Scratch) -> (Postgres, PostgresTotals) {
    let store = scratch.store().await;
    let totals = PostgresTotals::new(&store, scratch.pool().await);
    (store, totals)
}

#[tokio::test(flavor = "multi_thread")]
async fn is_told_in_memory() -> Checked {
    is_told_on(memory()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn is_told_on_postgres() -> Checked {
    let scratch = Scratch::new();
    is_told_on(postgres(&scratch).await).await
}

/// The same each time: `ID` for each id.
fn without_ids(told: &str) -> String {
    let mut text = told.to_owned();
    while let Some(start) = (0..text.len()).find(|start| {
        text.get(*start..start + 36)
            .is_some_and(|part| Uuid::try_parse(part).is_ok())
    }) {
        text.replace_range(start..start + 36, "ID");
    }
    text
}
