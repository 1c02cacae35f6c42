//! Makes events without a command, through the repository of postgres-es.

use anyhow::Result;
use bench_harness::{Account as Id, Entry};
use cqrs_es::DomainEvent;
use cqrs_es::persist::{PersistedEventRepository, SerializedEvent};

use crate::account::{Account, AccountEvent};
use crate::bank::CqrsEs;

pub(crate) async fn accounts(bank: &CqrsEs, accounts: &[Id], events: u32) -> Result<()> {
    let mut all = Vec::new();
    for account in accounts {
        all.push(event(*account, 1, &AccountEvent::Opened {})?);
        for version in 1..events {
            all.push(deposited(Entry {
                account: *account,
                version,
                amount: 1,
            })?);
        }
    }
    // A snapshot belongs to one account, so that there is a call for each.
    if let (true, [account]) = (bank.snapshots, accounts) {
        let state = Account {
            balance: u64::from(events) - 1,
        };
        let snapshot = (account.to_string(), serde_json::to_value(state)?, 1);
        bank.events.persist::<Account>(&all, Some(snapshot)).await?;
    } else {
        bank.events.persist::<Account>(&all, None).await?;
    }
    Ok(())
}

pub(crate) fn deposited(entry: Entry) -> Result<SerializedEvent> {
    let amount = entry.amount;
    let sequence = entry.version as usize + 1;
    event(entry.account, sequence, &AccountEvent::Deposited { amount })
}

fn event(account: Id, sequence: usize, event: &AccountEvent) -> Result<SerializedEvent> {
    Ok(SerializedEvent::new(
        account.to_string(),
        sequence,
        "account".into(),
        event.event_type(),
        event.event_version(),
        serde_json::to_value(event)?,
        serde_json::json!({}),
    ))
}
