//! What the bank has recorded, it still reads.

use bank::transfer::{Outcome, RequestTransfer, Transfer, TransferId};
use bank::transfer_past::TransferSettledV1;
use bank::{account, account_short, cash_book, transfer};
use cqrs_core::domain::aggregate::Aggregate;
use cqrs_core::ports::append::Append;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::NewEvent;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_memory::Memory;

// Both dialects of the account record the same events.
cqrs_testing::event_lock_test!(
    "events.lock",
    [
        account::AccountEvent,
        account_short::AccountEvent,
        transfer::TransferEvent,
        cash_book::CashBookEvent
    ]
);

#[tokio::test]
async fn a_transfer_that_was_settled_long_ago_has_an_outcome()
-> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Transfer>()
        .build()
        .await?;
    let transfer = TransferId::new();
    let (from, to) = (account::AccountId::new(), account::AccountId::new());
    let amount = 30;
    let _ = cqrs
        .send(RequestTransfer {
            transfer,
            from,
            to,
            amount,
        })
        .await?;

    let settled = Payload::encode(&TransferSettledV1 { done: true })?;
    let settled = NewEvent::new(TransferSettledV1::NAME, settled);
    let append = Append::to(
        Transfer::stream(&transfer)?,
        ExpectedVersion::Any,
        vec![settled],
    );
    cqrs.store().append(append).await?;

    let transfer = cqrs.repository::<Transfer>().load(&transfer).await?;
    assert_eq!(transfer.outcome, Some(Outcome::Done));
    Ok(())
}
