//! What the log says, and nothing else.

use std::collections::BTreeMap;

use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::position::Position;
use cqrs_testing::bank::transfer::Outcome;

use super::outgoing::Outgoing;
use super::views::{ALL, Activity, AnyEvent, Totals};

/// The log, counted.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub events: u64,
    pub accounts: BTreeMap<u64, Activity>,
    pub totals: BTreeMap<&'static str, Totals>,
    pub outgoing: BTreeMap<u64, Outgoing>,
    pub transfers: BTreeMap<u64, Course>,
}

/// What became of a transfer.
#[derive(Debug, Default)]
pub(crate) struct Course {
    from: u64,
    to: u64,
    amount: i64,
    requested: u64,
    withdrawals: Vec<(u64, i64)>,
    deposits: Vec<(u64, i64)>,
    pub outcomes: Vec<Outcome>,
}

impl Facts {
    /// Reads the whole log.
    pub(crate) async fn of_log(cqrs: &Cqrs) -> anyhow::Result<Self> {
        let mut facts = Self::default();
        let mut events = cqrs.read_log::<AnyEvent>(Position::START);
        while let Some(event) = events.next().await? {
            facts.add(&event);
        }
        Ok(facts)
    }

    fn add(&mut self, event: &Recorded<AnyEvent>) {
        let id = event.id().unwrap_or(u64::MAX);
        self.events += 1;
        for key in [ALL, event.event.kind()] {
            let totals = self.totals.entry(key).or_default();
            totals.events += 1;
            totals.amount += event.event.amount();
        }
        match event.event.clone() {
            AnyEvent::Opened { .. } | AnyEvent::Closed => self.account(id),
            AnyEvent::Deposited { amount, transfer } => {
                self.account(id);
                let account = self.accounts.entry(id).or_default();
                account.deposits += 1;
                account.balance += amount;
                self.course(transfer, |course| course.deposits.push((id, amount)));
            }
            AnyEvent::Withdrawn { amount, transfer } => {
                self.account(id);
                let account = self.accounts.entry(id).or_default();
                account.withdrawals += 1;
                account.balance -= amount;
                let outgoing = self.outgoing.entry(id).or_default();
                outgoing.events += 1;
                outgoing.amount += amount;
                self.course(transfer, |course| course.withdrawals.push((id, amount)));
            }
            AnyEvent::Requested { from, to, amount } => self.course(Some(id), |course| {
                course.requested += 1;
                (course.from, course.to, course.amount) = (from, to, amount);
            }),
            AnyEvent::Settled { outcome } => {
                self.course(Some(id), |course| course.outcomes.push(outcome));
            }
        }
    }

    fn account(&mut self, id: u64) {
        self.accounts.entry(id).or_default().events += 1;
    }

    fn course(&mut self, transfer: Option<u64>, note: impl FnOnce(&mut Course)) {
        if let Some(transfer) = transfer {
            note(self.transfers.entry(transfer).or_default());
        }
    }
}

impl Course {
    /// Whether it was requested once and settled once, and the money went where the outcome says: once.
    pub(crate) fn is_settled_once(&self) -> bool {
        let (taken, given) = ((self.from, self.amount), (self.to, self.amount));
        let (withdrawals, deposits) = match self.outcomes.as_slice() {
            [Outcome::Done] => (vec![taken], vec![given]),
            [Outcome::GivenBack] => (vec![taken], vec![taken]),
            [Outcome::Refused(_)] => (vec![], vec![]),
            _ => return false,
        };
        self.requested == 1 && self.withdrawals == withdrawals && self.deposits == deposits
    }
}
