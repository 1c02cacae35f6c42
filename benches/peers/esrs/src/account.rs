//! The domain, as the documentation of esrs shows it.

use esrs::Aggregate;
use serde::{Deserialize, Serialize};

pub(crate) struct Account;

#[derive(Debug, Default)]
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
    const NAME: &'static str = "account";
    type State = AccountState;
    type Command = AccountCommand;
    type Event = AccountEvent;
    type Error = AccountError;

    fn handle_command(
        _: &AccountState,
        command: AccountCommand,
    ) -> Result<Vec<AccountEvent>, AccountError> {
        match command {
            AccountCommand::Open => Ok(vec![AccountEvent::Opened {}]),
            AccountCommand::Deposit { amount: 0 } => Err(AccountError::NothingToPayIn),
            AccountCommand::Deposit { amount } => Ok(vec![AccountEvent::Deposited { amount }]),
        }
    }

    fn apply_event(state: AccountState, event: AccountEvent) -> AccountState {
        match event {
            AccountEvent::Opened {} => state,
            AccountEvent::Deposited { amount } => AccountState {
                balance: state.balance + u64::from(amount),
            },
        }
    }
}
