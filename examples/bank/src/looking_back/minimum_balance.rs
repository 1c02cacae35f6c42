//! A rule that the bank thinks about: 25.00 stay in each account. It reads what the accounts have recorded.

use cqrs_core::prelude::*;

use crate::account::{AccountError, AccountId, AccountOpened, MoneyDeposited, MoneyWithdrawn};
use crate::transfer_money::{Received, Sent};

const STAYS: i64 = 25_00;

/// The account under the new rule: another type over the same events.
#[derive(Aggregate, Default, Debug, Clone)]
#[aggregate(name = "account", id = AccountId, error = AccountError)]
#[aggregate(events(AccountOpened, MoneyDeposited, MoneyWithdrawn, Sent, Received))]
pub struct CarefulAccount {
    balance: i64,
}

impl Apply<AccountOpened> for CarefulAccount {}

impl Apply<MoneyDeposited> for CarefulAccount {
    fn apply(&mut self, event: &MoneyDeposited) {
        self.balance += i64::from(event.amount);
    }
}

impl Apply<MoneyWithdrawn> for CarefulAccount {
    fn apply(&mut self, event: &MoneyWithdrawn) {
        self.balance -= i64::from(event.amount);
    }
}

impl Apply<Sent> for CarefulAccount {
    fn apply(&mut self, event: &Sent) {
        self.balance -= i64::from(event.amount);
    }
}

impl Apply<Received> for CarefulAccount {
    fn apply(&mut self, event: &Received) {
        self.balance += i64::from(event.amount);
    }
}

#[derive(Command, Debug)]
#[command(aggregate = CarefulAccount)]
pub struct WithdrawAbove {
    #[id]
    pub account: AccountId,
    pub amount: u32,
}

impl Handle<WithdrawAbove> for CarefulAccount {
    fn handle(command: &WithdrawAbove, account: &mut Root<Self>) -> Result<(), AccountError> {
        let (balance, requested) = (account.balance - STAYS, command.amount);
        if balance < i64::from(requested) {
            return Err(AccountError::InsufficientFunds { balance, requested });
        }
        account.emit(MoneyWithdrawn { amount: requested });
        Ok(())
    }
}

/// The command that has led to an event, if it was a withdrawal.
#[must_use]
pub fn withdrawal(event: &Recorded<CarefulAccountEvent>) -> Option<WithdrawAbove> {
    match &event.event {
        CarefulAccountEvent::MoneyWithdrawn(withdrawn) => Some(WithdrawAbove {
            account: event.id()?,
            amount: withdrawn.amount,
        }),
        _ => None,
    }
}
