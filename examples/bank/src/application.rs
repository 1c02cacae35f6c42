//! The bank as an application: everything that it consists of, over whatever store keeps its tables.

use cqrs_core::ports::transactions::Transactions;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::builder::{BuildError, CqrsBuilder};
use cqrs_core::runtime::projection::Projection;

use crate::account::Account;
use crate::cash_book::CashBook;
use crate::daily_totals::DailyTotals;
use crate::large_withdrawal_alert::{LargeWithdrawalAlert, Outbox};
use crate::overview::AccountOverview;
use crate::transfer::Transfer;
use crate::transfer_process::TransferProcess;

/// The bank over this store, which sends its mails through this outbox.
///
/// # Errors
///
/// When the store can't be used, or knows one of the processors otherwise.
pub async fn open<S: Transactions>(store: S, mail: Outbox) -> Result<Cqrs, BuildError>
where
    DailyTotals: Projection<S>,
{
    builder(store, mail).build().await
}

/// How it is opened, for those who have something to add.
pub fn builder<S: Transactions>(store: S, mail: Outbox) -> CqrsBuilder<S>
where
    DailyTotals: Projection<S>,
{
    Cqrs::builder(store)
        .aggregate::<Account>()
        .aggregate::<Transfer>()
        .aggregate::<CashBook>()
        .view::<AccountOverview>()
        .projection(DailyTotals)
        .event_handler(LargeWithdrawalAlert { mail })
        .process_manager::<TransferProcess>()
}
