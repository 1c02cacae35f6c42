//! Makes accounts with many events before the time runs: by appends, and by imports where the log gets long.

use anyhow::Result;
use bench_harness::{Account, Entry};
use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::import::{ImportEvent, ImportEvents};
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::version::{ExpectedVersion, StreamVersion};

use crate::account::AccountOpened;
use crate::append;
use crate::store::Store;

/// One append for each account, all in one batch.
pub(crate) async fn accounts(store: &SharedStore, accounts: &[Account], events: u32) -> Result<()> {
    let batch = accounts
        .iter()
        .map(|account| whole_account(*account, events))
        .collect::<Result<Vec<_>>>()?;
    for outcome in store.append_batch(batch).await {
        outcome?;
    }
    Ok(())
}

/// One chunk of an import.
pub(crate) async fn import(store: &Store, accounts: u64, events: u32) -> Result<()> {
    let mut chunk = Vec::new();
    for _ in 0..accounts {
        for account in whole_account(Account::new(), events)?.streams {
            for (version, event) in (1..).zip(account.events) {
                let place = StreamVersion::new(version)?;
                chunk.push(ImportEvent::new(account.stream.clone(), place, event));
            }
        }
    }
    match store {
        Store::Memory(memory) => memory.import(chunk).await?,
        Store::Postgres { store, .. } => store.import(chunk).await?,
    };
    Ok(())
}

fn whole_account(account: Account, events: u32) -> Result<Append> {
    let entry = Entry {
        account,
        version: 0,
        amount: 1,
    };
    let opened = Payload::encode(&AccountOpened {})?;
    let mut all = vec![NewEvent::new(
        EventName::from_static("account.opened"),
        opened,
    )];
    for _ in 1..events {
        all.push(append::event(entry)?);
    }
    Ok(Append::to(
        append::stream(entry)?,
        ExpectedVersion::NoStream,
        all,
    ))
}
