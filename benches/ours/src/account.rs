//! The domain, as a user writes it.

use cqrs_core::prelude::*;
use uuid::Uuid;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AccountId(pub(crate) Uuid);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.opened")]
pub(crate) struct AccountOpened {}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.deposited")]
pub(crate) struct MoneyDeposited {
    pub(crate) amount: u32,
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum AccountError {
    #[error("nothing to pay in")]
    NothingToPayIn,
}

#[derive(Aggregate, Default, Clone, Debug)]
#[aggregate(name = "account", id = AccountId, error = AccountError)]
#[aggregate(events(AccountOpened, MoneyDeposited))]
pub(crate) struct Account {
    pub(crate) balance: u64,
}

impl Apply<AccountOpened> for Account {}

impl Apply<MoneyDeposited> for Account {
    fn apply(&mut self, event: &MoneyDeposited) {
        self.balance += u64::from(event.amount);
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Account, creates)]
pub(crate) struct OpenAccount {
    #[id]
    pub(crate) account: AccountId,
}

#[derive(Command, Debug)]
#[command(aggregate = Account)]
pub(crate) struct Deposit {
    #[id]
    pub(crate) account: AccountId,
    pub(crate) amount: u32,
}

impl Handle<OpenAccount> for Account {
    fn handle(_: &OpenAccount, account: &mut Root<Self>) -> Result<(), AccountError> {
        account.emit(AccountOpened {});
        Ok(())
    }
}

impl Handle<Deposit> for Account {
    fn handle(cmd: &Deposit, account: &mut Root<Self>) -> Result<(), AccountError> {
        if cmd.amount == 0 {
            return Err(AccountError::NothingToPayIn);
        }
        account.emit(MoneyDeposited { amount: cmd.amount });
        Ok(())
    }
}
