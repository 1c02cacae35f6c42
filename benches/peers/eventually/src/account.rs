//! The domain, as the documentation of eventually shows it.

use eventually::aggregate::Aggregate;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Account;

#[derive(Clone, Debug, Default)]
pub(crate) struct AccountState {
    pub(crate) balance: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum AccountEvent {
    Opened {},
    Deposited { amount: u32 },
}

#[derive(Debug)]
pub(crate) enum AccountCommand {
    Open,
    Deposit { amount: u32 },
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    #[error("nothing to pay in")]
    NothingToPayIn,
}

impl Aggregate for Account {
    type Id = String;
    type State = AccountState;
    type Event = AccountEvent;
    type Command = AccountCommand;
    type Error = AccountError;

    fn apply(mut state: AccountState, event: AccountEvent) -> Result<AccountState, AccountError> {
        if let AccountEvent::Deposited { amount } = event {
            state.balance += u64::from(amount);
        }
        Ok(state)
    }

    fn handle<'a, 's: 'a>(
        &'a self,
        _: &'s String,
        _: &'s AccountState,
        command: AccountCommand,
    ) -> BoxFuture<'a, Result<Option<Vec<AccountEvent>>, AccountError>> {
        Box::pin(async move {
            match command {
                AccountCommand::Open => Ok(Some(vec![AccountEvent::Opened {}])),
                AccountCommand::Deposit { amount: 0 } => Err(AccountError::NothingToPayIn),
                AccountCommand::Deposit { amount } => {
                    Ok(Some(vec![AccountEvent::Deposited { amount }]))
                }
            }
        })
    }
}
