//! Which accounts there are.

pub(crate) use cqrs_testing::bank::account::{
    Account, AccountEvent, AccountId, Close, Deposit, Open,
};

/// Accounts that are open from the start, with this on them.
pub(crate) const OPEN: std::ops::Range<u64> = 0..20;
pub(crate) const BALANCE: i64 = 1_000;
/// Accounts that are closed: they refuse deposits.
pub(crate) const CLOSED: std::ops::Range<u64> = 20..24;
/// Receivers of transfers; the last of them do not exist.
pub(crate) const RECEIVERS: std::ops::Range<u64> = 0..28;
