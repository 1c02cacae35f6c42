//! What a transfer does to an account: events and commands that the account has besides its own.
//!
//! They name the transfer, so that its process hears of them.

use cqrs_core::prelude::*;

use crate::account::{Account, AccountError, AccountId};
use crate::transfer::TransferId;

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.sent")]
pub struct Sent {
    pub transfer: TransferId,
    pub amount: u32,
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.received")]
pub struct Received {
    pub transfer: TransferId,
    pub amount: u32,
}

impl Apply<Sent> for Account {
    fn apply(&mut self, event: &Sent) {
        self.balance -= i64::from(event.amount);
    }
}

impl Apply<Received> for Account {
    fn apply(&mut self, event: &Received) {
        self.balance += i64::from(event.amount);
    }
}

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(aggregate = Account)]
pub struct SendMoney {
    #[id]
    pub account: AccountId,
    pub transfer: TransferId,
    pub amount: u32,
}

/// Refused when there is no such account: that is the deposit that a transfer has to take back for.
#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(aggregate = Account)]
pub struct ReceiveMoney {
    #[id]
    pub account: AccountId,
    pub transfer: TransferId,
    pub amount: u32,
}

impl Handle<SendMoney> for Account {
    fn handle(command: &SendMoney, account: &mut Root<Self>) -> Result<(), AccountError> {
        let (balance, requested) = (account.balance, command.amount);
        if balance < i64::from(requested) {
            return Err(AccountError::InsufficientFunds { balance, requested });
        }
        let transfer = command.transfer;
        account.emit(Sent {
            transfer,
            amount: requested,
        });
        Ok(())
    }
}

impl Handle<ReceiveMoney> for Account {
    fn handle(command: &ReceiveMoney, account: &mut Root<Self>) -> Result<(), AccountError> {
        let ReceiveMoney {
            transfer, amount, ..
        } = *command;
        account.emit(Received { transfer, amount });
        Ok(())
    }
}
