//! Views: counters of each account, and of everything.

use cqrs_core::prelude::*;
use cqrs_testing::bank::transfer::Outcome;

use super::account::{AccountEvent, AccountId};

/// An owner that the view of accounts can't stand.
pub(crate) const POISON: &str = "poison";

/// What happened on an account.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Activity {
    pub events: u64,
    pub deposits: u64,
    pub withdrawals: u64,
    pub balance: i64,
}

impl View for Activity {
    const NAME: ProcessorName = ProcessorName::from_static("activity");
    type Event = AccountEvent;
    type Key = AccountId;

    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = AccountId> {
        event.id()
    }

    fn apply(&mut self, event: &Recorded<AccountEvent>) {
        self.events += 1;
        match &event.event {
            AccountEvent::Opened { owner } => assert!(owner != POISON, "{POISON}"),
            AccountEvent::Deposited { amount, .. } => {
                self.deposits += 1;
                self.balance += amount;
            }
            AccountEvent::Withdrawn { amount, .. } => {
                self.withdrawals += 1;
                self.balance -= amount;
            }
            AccountEvent::Closed => {}
        }
    }
}

/// Everything in the log.
#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) enum AnyEvent {
    #[event(name = "account.opened")]
    Opened { owner: String },
    #[event(name = "account.deposited")]
    Deposited { amount: i64, transfer: Option<u64> },
    #[event(name = "account.withdrawn")]
    Withdrawn { amount: i64, transfer: Option<u64> },
    #[event(name = "account.closed")]
    Closed,
    #[event(name = "transfer.requested")]
    Requested { from: u64, to: u64, amount: i64 },
    #[event(name = "transfer.settled")]
    Settled { outcome: Outcome },
}

impl AnyEvent {
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::Deposited { .. } => "deposited",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Closed => "closed",
            Self::Requested { .. } => "requested",
            Self::Settled { .. } => "settled",
        }
    }

    pub(crate) const fn amount(&self) -> i64 {
        match self {
            Self::Deposited { amount, .. }
            | Self::Withdrawn { amount, .. }
            | Self::Requested { amount, .. } => *amount,
            Self::Opened { .. } | Self::Closed | Self::Settled { .. } => 0,
        }
    }
}

/// The document of [`Totals`] that counts everything.
pub(crate) const ALL: &str = "all";

/// How often something happened, and about how much money: of each kind, and of all.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Totals {
    pub events: u64,
    pub amount: i64,
}

impl View for Totals {
    const NAME: ProcessorName = ProcessorName::from_static("totals");
    type Event = AnyEvent;
    type Key = &'static str;

    fn keys(event: &Recorded<AnyEvent>) -> impl IntoIterator<Item = &'static str> {
        [ALL, event.event.kind()]
    }

    fn apply(&mut self, event: &Recorded<AnyEvent>) {
        self.events += 1;
        self.amount += event.event.amount();
    }
}
