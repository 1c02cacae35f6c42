//! What the tests of the runtime run: accounts, their balances, and transfers between them.

use cqrs_core::domain::process_manager::ProcessManager;
use cqrs_core::domain::view::View;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;

use crate::bank;

pub(super) use crate::bank::account::{Account, AccountEvent, AccountId, Close, Deposit, Open};
pub(super) use crate::bank::balance::Balance;
pub(super) use crate::bank::moving::{Moving, MovingByTimers, MovingCommand};
pub(super) use crate::bank::transfer::Transfer;

pub(super) const BALANCE: ProcessorName = Balance::NAME;
pub(super) const MOVING: ProcessorName = Moving::NAME;

/// Opens an account with this on it.
pub(super) async fn open(cqrs: &Cqrs, account: u64, amount: i64) -> Position {
    let opened = bank::open(cqrs, account, amount).await;
    opened.expect("an account is opened")
}

pub(super) async fn deposit(cqrs: &Cqrs, account: u64, amount: i64) -> Position {
    let deposited = bank::deposit(cqrs, account, amount).await;
    deposited.expect("a deposit is made")
}

/// Opens an account that the view can't stand.
pub(super) async fn poison(cqrs: &Cqrs, account: u64) -> Position {
    let opened = cqrs
        .send(Open {
            account: AccountId(account),
            owner: "poison".into(),
        })
        .await;
    opened.expect("an account is opened").position
}

/// What is on the account, by its events.
pub(super) async fn balance(cqrs: &Cqrs, account: u64) -> i64 {
    let balance = bank::balance(cqrs, account).await;
    balance.expect("an account can be loaded")
}

/// Asks for a transfer.
pub(super) async fn request(
    cqrs: &Cqrs,
    transfer: u64,
    from: u64,
    to: u64,
    amount: i64,
) -> Position {
    let requested = bank::request(cqrs, transfer, from, to, amount).await;
    requested.expect("a transfer is requested")
}

/// How the transfer was settled, each time that it was.
pub(super) async fn outcomes(cqrs: &Cqrs, transfer: u64) -> Vec<String> {
    let outcomes = bank::outcomes(cqrs, transfer).await;
    outcomes.expect("a transfer can be loaded")
}
