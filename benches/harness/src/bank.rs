//! What a contender does with its library.

use std::future::Future;
use std::sync::Arc;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry};
use crate::arrivals::Arrivals;
use crate::protocol::Outcome;
use crate::settings::Settings;
use crate::work::Work;

/// What a contender is.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The crates whose versions the report names, as they stand in the lock file.
    pub crates: &'static [&'static str],
    /// The ways of using it that are measured; the first is its plain one.
    pub variants: &'static [Variant],
}

/// One way of using a library.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// How the report calls it.
    pub name: &'static str,
    /// What is special about it.
    pub note: &'static str,
}

/// What became of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// Its event is recorded.
    Accepted,
    /// Somebody else was faster, and nothing is recorded: try again.
    Conflict,
}

/// What a store has: the proof that nothing was lost and nothing was doubled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// How many events there are.
    pub events: u64,
    /// How much all deposits are together.
    pub amount: u64,
}

impl Totals {
    /// What came in between.
    #[must_use]
    pub const fn since(self, before: Self) -> Self {
        Self {
            events: self.events.wrapping_sub(before.events),
            amount: self.amount.wrapping_sub(before.amount),
        }
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            events: self.events.wrapping_add(other.events),
            amount: self.amount.wrapping_add(other.amount),
        }
    }
}

/// A bank built with the contender's library.
///
/// What a library does not offer stays as it is here, and [`leaves_out`](Bank::leaves_out) says why. Retrying after a
/// conflict, timing and checking are the harness's business, and the same for all.
#[expect(
    unused_variables,
    reason = "the defaults are for what a library does not offer"
)]
pub trait Bank: Sized + Send + Sync + 'static {
    /// What it is.
    const ABOUT: About;

    /// Why this work is not measured with this variant; `None` when it is.
    fn leaves_out(variant: &str, work: Work) -> Option<&'static str>;

    /// Connects to the database, and prepares its tables where they are missing.
    fn connect(settings: &Settings) -> impl Future<Output = Result<Self>> + Send;

    /// The same bank as after a restart: nothing is cached.
    fn reconnect(&self, settings: &Settings) -> impl Future<Output = Result<Self>> + Send {
        Self::connect(settings)
    }

    /// Does the whole work in its own way, for limits that are programs of their own; `None` to be called as others are.
    fn run_itself(
        &self,
        settings: &Settings,
    ) -> impl Future<Output = Option<Result<Outcome>>> + Send {
        async { None }
    }

    /// Sends the command that opens an account.
    fn open(&self, account: Account) -> impl Future<Output = Result<Tried>> + Send {
        async { bail!("commands are not offered") }
    }

    /// Sends the command that pays in.
    fn deposit(&self, account: Account, amount: u32) -> impl Future<Output = Result<Tried>> + Send {
        async { bail!("commands are not offered") }
    }

    /// Appends one event without a decision, as the only one after those that the account has.
    fn append(&self, entry: Entry) -> impl Future<Output = Result<Tried>> + Send {
        async { bail!("appends are not offered") }
    }

    /// Appends one event unless the account has an event after this position; gives the new event's position.
    fn append_unless(
        &self,
        entry: Entry,
        after: u64,
    ) -> impl Future<Output = Result<Option<u64>>> + Send {
        async { bail!("conditions are not offered") }
    }

    /// Makes accounts with so many events each, of amount 1, as fast as the library can. Not timed.
    fn seed(&self, accounts: &[Account], events: u32) -> impl Future<Output = Result<()>> + Send {
        async { bail!("seeding is not offered") }
    }

    /// Adds so many accounts with so many events each to a log that is made long, as fast as the library can. Not timed.
    fn fill(&self, accounts: u64, events: u32) -> impl Future<Output = Result<()>> + Send {
        async { bail!("filling is not offered") }
    }

    /// Loads an account from its events; gives its balance.
    fn load(&self, account: Account) -> impl Future<Output = Result<u64>> + Send {
        async { bail!("loading is not offered") }
    }

    /// Projects the whole log into a table of balances; gives what the table says: deposits counted, and their sum.
    fn project(&self, events: u64) -> impl Future<Output = Result<Totals>> + Send {
        async { bail!("projections are not offered") }
    }

    /// Reads the whole log through the library and counts.
    fn replay(&self) -> impl Future<Output = Result<Totals>> + Send {
        async { bail!("reading the log is not offered") }
    }

    /// Begins to report each deposit that is recorded from now on. Returns when it listens.
    fn follow(&self, arrivals: Arc<Arrivals>) -> impl Future<Output = Result<()>> + Send {
        async { bail!("subscriptions are not offered") }
    }

    /// How many allocations the process has made, and of how many bytes, where they are counted.
    fn allocations(&self) -> Option<(u64, u64)> {
        None
    }

    /// What the tables say, past all caches.
    fn totals(&self) -> impl Future<Output = Result<Totals>> + Send;
}
