//! The domain, as the documentation of disintegrate shows it.

use bench_harness::Account as Id;
use disintegrate::{Decision, Event, StateMutate, StateQuery};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, Event, Serialize, Deserialize)]
pub(crate) enum AccountEvent {
    Opened {
        #[id]
        account_id: Uuid,
    },
    Deposited {
        #[id]
        account_id: Uuid,
        amount: u32,
    },
}

#[derive(Clone, Debug, Default, StateQuery, Serialize, Deserialize)]
#[state_query(AccountEvent)]
pub(crate) struct Balance {
    #[id]
    account_id: Uuid,
    pub(crate) balance: u64,
}

impl Balance {
    pub(crate) fn of(account: Id) -> Self {
        Self {
            account_id: account.0,
            balance: 0,
        }
    }
}

impl StateMutate for Balance {
    fn mutate(&mut self, event: Self::Event) {
        if let AccountEvent::Deposited { amount, .. } = event {
            self.balance += u64::from(amount);
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    #[error("nothing to pay in")]
    NothingToPayIn,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Open(pub(crate) Id);

impl Decision for Open {
    type Event = AccountEvent;
    type StateQuery = Balance;
    type Error = AccountError;

    fn state_query(&self) -> Balance {
        Balance::of(self.0)
    }

    fn process(&self, _: &Balance) -> Result<Vec<AccountEvent>, AccountError> {
        let account_id = self.0.0;
        Ok(vec![AccountEvent::Opened { account_id }])
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Deposit(pub(crate) Id, pub(crate) u32);

impl Decision for Deposit {
    type Event = AccountEvent;
    type StateQuery = Balance;
    type Error = AccountError;

    fn state_query(&self) -> Balance {
        Balance::of(self.0)
    }

    fn process(&self, _: &Balance) -> Result<Vec<AccountEvent>, AccountError> {
        let Self(account, amount) = *self;
        if amount == 0 {
            return Err(AccountError::NothingToPayIn);
        }
        let account_id = account.0;
        Ok(vec![AccountEvent::Deposited { account_id, amount }])
    }
}
