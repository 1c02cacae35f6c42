//! The bank of these tests.

pub(super) use cqrs_testing::bank::account::{
    Account, AccountEvent, AccountId, Close, Deposit, Open, Withdraw,
};
pub(super) use cqrs_testing::bank::balance::Balance;
pub(super) use cqrs_testing::bank::moving::{Moving, MovingCommand, MovingEvent, TIME_OUT};
pub(super) use cqrs_testing::bank::transfer::{Outcome, Settle, Transfer, TransferId};
pub(super) use cqrs_testing::bank::{balance, deposit, open, outcomes, request};

pub(super) type Checked = Result<(), cqrs_testing::bank::Error>;
