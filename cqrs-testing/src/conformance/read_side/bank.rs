//! What the tests of the runtime run: accounts and their balances.

use cqrs_core::domain::view::View;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;

pub(super) const BALANCE: ProcessorName = ProcessorName::from_static("balance");

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct AccountId(pub u64);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) enum AccountEvent {
    #[event(name = "account.opened")]
    Opened { owner: String },
    #[event(name = "account.deposited")]
    Deposited { amount: i64, transfer: Option<u64> },
    #[event(name = "account.withdrawn")]
    Withdrawn { amount: i64, transfer: Option<u64> },
    #[event(name = "account.closed")]
    Closed,
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum AccountError {
    #[error("balance {balance} is less than {requested}")]
    InsufficientFunds { balance: i64, requested: i64 },
    #[error("the account is closed")]
    Closed,
}

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "account", id = AccountId, error = AccountError, event = AccountEvent)]
pub(super) struct Account {
    balance: i64,
    is_closed: bool,
}

impl Apply<AccountEvent> for Account {
    fn apply(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Opened { .. } => {}
            AccountEvent::Deposited { amount, .. } => self.balance += amount,
            AccountEvent::Withdrawn { amount, .. } => self.balance -= amount,
            AccountEvent::Closed => self.is_closed = true,
        }
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Account, creates)]
pub(super) struct Open {
    #[id]
    pub account: AccountId,
    pub owner: String,
}

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(aggregate = Account)]
pub(super) struct Deposit {
    #[id]
    pub account: AccountId,
    pub amount: i64,
    pub transfer: Option<u64>,
}

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(aggregate = Account)]
pub(super) struct Withdraw {
    #[id]
    pub account: AccountId,
    pub amount: i64,
    pub transfer: Option<u64>,
}

#[derive(Command, Debug)]
#[command(aggregate = Account)]
pub(super) struct Close {
    #[id]
    pub account: AccountId,
}

impl Handle<Open> for Account {
    fn handle(command: &Open, account: &mut Root<Self>) -> Result<(), AccountError> {
        account.emit(AccountEvent::Opened {
            owner: command.owner.clone(),
        });
        Ok(())
    }
}

impl Handle<Deposit> for Account {
    fn handle(command: &Deposit, account: &mut Root<Self>) -> Result<(), AccountError> {
        if account.is_closed {
            return Err(AccountError::Closed);
        }
        let (amount, transfer) = (command.amount, command.transfer);
        account.emit(AccountEvent::Deposited { amount, transfer });
        Ok(())
    }
}

impl Handle<Withdraw> for Account {
    fn handle(command: &Withdraw, account: &mut Root<Self>) -> Result<(), AccountError> {
        if account.balance < command.amount {
            return Err(AccountError::InsufficientFunds {
                balance: account.balance,
                requested: command.amount,
            });
        }
        let (amount, transfer) = (command.amount, command.transfer);
        account.emit(AccountEvent::Withdrawn { amount, transfer });
        Ok(())
    }
}

impl Handle<Close> for Account {
    fn handle(_: &Close, account: &mut Root<Self>) -> Result<(), AccountError> {
        account.emit(AccountEvent::Closed);
        Ok(())
    }
}

/// The balance of each account.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
pub(super) struct Balance {
    pub amount: i64,
    pub events: u64,
    pub is_closed: bool,
}

impl View for Balance {
    const NAME: ProcessorName = BALANCE;
    type Event = AccountEvent;
    type Key = AccountId;

    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = AccountId> {
        event.id()
    }

    fn apply(&mut self, event: &Recorded<AccountEvent>) {
        self.events += 1;
        match &event.event {
            AccountEvent::Opened { owner } => {
                assert!(owner != "poison", "an owner that the view can't stand");
            }
            AccountEvent::Deposited { amount, .. } => self.amount += amount,
            AccountEvent::Withdrawn { amount, .. } => self.amount -= amount,
            AccountEvent::Closed => self.is_closed = true,
        }
    }

    fn is_deleted(&self) -> bool {
        self.is_closed
    }
}

/// Opens an account with this on it.
pub(super) async fn open(cqrs: &Cqrs, account: u64, amount: i64) -> Position {
    let opened = cqrs
        .send(Open {
            account: AccountId(account),
            owner: "ada".into(),
        })
        .await;
    let _ = opened.expect("an account is opened");
    deposit(cqrs, account, amount).await
}

pub(super) async fn deposit(cqrs: &Cqrs, account: u64, amount: i64) -> Position {
    let deposited = cqrs
        .send(Deposit {
            account: AccountId(account),
            amount,
            transfer: None,
        })
        .await;
    deposited.expect("a deposit is made").position
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
    let root = cqrs.repository::<Account>().load(&AccountId(account)).await;
    root.expect("an account can be loaded").balance
}
