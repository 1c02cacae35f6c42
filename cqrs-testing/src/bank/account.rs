//! Accounts. They refuse nothing twice: a command that is sent twice is in the log twice.

use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountId(pub u64);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub enum AccountEvent {
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
pub enum AccountError {
    #[error("balance {balance} is less than {requested}")]
    InsufficientFunds { balance: i64, requested: i64 },
    #[error("the account is closed")]
    Closed,
}

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "account", id = AccountId, error = AccountError, event = AccountEvent)]
pub struct Account {
    /// What is on it.
    pub balance: i64,
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
pub struct Open {
    #[id]
    pub account: AccountId,
    pub owner: String,
}

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(aggregate = Account)]
pub struct Deposit {
    #[id]
    pub account: AccountId,
    pub amount: i64,
    pub transfer: Option<u64>,
}

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(aggregate = Account)]
pub struct Withdraw {
    #[id]
    pub account: AccountId,
    pub amount: i64,
    pub transfer: Option<u64>,
}

#[derive(Command, Debug)]
#[command(aggregate = Account)]
pub struct Close {
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
