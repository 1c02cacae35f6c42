use cqrs_core::prelude::*;
use uuid::Uuid;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountId(Uuid);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub enum AccountEvent {
    #[event(name = "account.opened")]
    Opened { owner: String },
    #[event(name = "account.deposited")]
    Deposited { amount: u32 },
    #[event(name = "account.withdrawn")]
    Withdrawn { amount: u32 },
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub enum AccountError {
    #[error("balance {balance} is less than {requested}")]
    InsufficientFunds { balance: i64, requested: u32 },
}

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "account", id = AccountId, error = AccountError, event = AccountEvent)]
pub struct Account {
    pub balance: i64,
}

impl Apply<AccountEvent> for Account {
    fn apply(&mut self, event: &AccountEvent) {
        match *event {
            AccountEvent::Opened { .. } => {}
            AccountEvent::Deposited { amount } => self.balance += i64::from(amount),
            AccountEvent::Withdrawn { amount } => self.balance -= i64::from(amount),
        }
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Account, reply = i64)]
pub enum AccountCommand {
    #[command(creates)]
    Open(#[id] AccountId, String),
    Deposit(#[id] AccountId, u32),
    Withdraw(#[id] AccountId, u32),
}

impl Handle<AccountCommand> for Account {
    fn handle(cmd: &AccountCommand, account: &mut Root<Self>) -> Result<i64, AccountError> {
        let balance = account.balance;
        account.emit(match *cmd {
            AccountCommand::Open(_, ref owner) => {
                let owner = owner.clone();
                AccountEvent::Opened { owner }
            }
            AccountCommand::Deposit(_, amount) => AccountEvent::Deposited { amount },
            AccountCommand::Withdraw(_, requested) if balance < i64::from(requested) => {
                return Err(AccountError::InsufficientFunds { balance, requested });
            }
            AccountCommand::Withdraw(_, amount) => AccountEvent::Withdrawn { amount },
        });
        Ok(account.balance)
    }
}
