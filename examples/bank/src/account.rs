use cqrs_core::prelude::*;

use crate::transfer_money::{Received, Sent};

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountId(uuid::Uuid);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.opened")]
pub struct AccountOpened {
    pub owner: String,
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.deposited")]
pub struct MoneyDeposited {
    pub amount: u32,
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.withdrawn")]
pub struct MoneyWithdrawn {
    pub amount: u32,
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub enum AccountError {
    #[error("balance {balance} is less than {requested}")]
    InsufficientFunds { balance: i64, requested: u32 },
}

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "account", id = AccountId, error = AccountError)]
#[aggregate(events(AccountOpened, MoneyDeposited, MoneyWithdrawn, Sent, Received))]
pub struct Account {
    pub balance: i64,
}

impl Apply<AccountOpened> for Account {}

impl Apply<MoneyDeposited> for Account {
    fn apply(&mut self, event: &MoneyDeposited) {
        self.balance += i64::from(event.amount);
    }
}

impl Apply<MoneyWithdrawn> for Account {
    fn apply(&mut self, event: &MoneyWithdrawn) {
        self.balance -= i64::from(event.amount);
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Account, creates)]
pub struct OpenAccount {
    #[id]
    pub account: AccountId,
    pub owner: String,
}

#[derive(Command, Debug)]
#[command(aggregate = Account)]
pub struct Deposit {
    #[id]
    pub account: AccountId,
    pub amount: u32,
}

#[derive(Command, Debug)]
#[command(aggregate = Account, reply = i64)]
pub struct Withdraw {
    #[id]
    pub account: AccountId,
    pub amount: u32,
}

impl Handle<OpenAccount> for Account {
    fn handle(cmd: &OpenAccount, account: &mut Root<Self>) -> Result<(), AccountError> {
        let owner = cmd.owner.clone();
        account.emit(AccountOpened { owner });
        Ok(())
    }
}

impl Handle<Deposit> for Account {
    fn handle(cmd: &Deposit, account: &mut Root<Self>) -> Result<(), AccountError> {
        account.emit(MoneyDeposited { amount: cmd.amount });
        Ok(())
    }
}

impl Handle<Withdraw> for Account {
    fn handle(cmd: &Withdraw, account: &mut Root<Self>) -> Result<i64, AccountError> {
        let (balance, requested) = (account.balance, cmd.amount);
        if balance < i64::from(requested) {
            return Err(AccountError::InsufficientFunds { balance, requested });
        }
        account.emit(MoneyWithdrawn { amount: requested });
        Ok(account.balance)
    }
}
