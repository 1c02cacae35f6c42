//! A small bank: accounts, and transfers between them. What the tests and the long examples of this workspace run; no part of
//! what this package promises.
#![allow(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "an application says it by its names"
)]

pub mod account;
pub mod balance;
pub mod moving;
pub mod transfer;

use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::position::Position;

use account::{Account, AccountId, Deposit, Open};
use transfer::{Request, Transfer, TransferId};

pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Opens an account, and pays this in.
pub async fn open(cqrs: &Cqrs, account: u64, amount: i64) -> Result<Position, Error> {
    let account = AccountId(account);
    let owner = "ada".to_owned();
    let _ = cqrs.send(Open { account, owner }).await?;
    deposit(cqrs, account.0, amount).await
}

pub async fn deposit(cqrs: &Cqrs, account: u64, amount: i64) -> Result<Position, Error> {
    let receipt = cqrs
        .send(Deposit {
            account: AccountId(account),
            amount,
            transfer: None,
        })
        .await?;
    Ok(receipt.position)
}

/// Asks for a transfer.
pub async fn request(
    cqrs: &Cqrs,
    transfer: u64,
    from: u64,
    to: u64,
    amount: i64,
) -> Result<Position, Error> {
    let transfer = TransferId(transfer);
    let receipt = cqrs
        .send(Request {
            transfer,
            from,
            to,
            amount,
        })
        .await?;
    Ok(receipt.position)
}

/// What is on the account, by its events.
pub async fn balance(cqrs: &Cqrs, account: u64) -> Result<i64, Error> {
    Ok(cqrs
        .repository::<Account>()
        .load(&AccountId(account))
        .await?
        .balance)
}

/// How the transfer was settled, each time that it was.
pub async fn outcomes(cqrs: &Cqrs, transfer: u64) -> Result<Vec<String>, Error> {
    let root = cqrs
        .repository::<Transfer>()
        .load(&TransferId(transfer))
        .await?;
    Ok(root.outcomes.iter().map(ToString::to_string).collect())
}
