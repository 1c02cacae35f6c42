//! The harness's calls, answered with our framework.

use std::sync::Arc;

use anyhow::Result;
use bench_harness::{
    About, Account, Arrivals, Bank, Entry, Settings, Totals, Tried, Variant, Work,
};
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;

use crate::account::{Account as Aggregate, AccountId, Deposit, OpenAccount};
use crate::store::Store;
use crate::{append, follow, projection, replay, seed, totals};

/// The variant without a database.
const MEMORY: &str = "ours on memory";

/// The variant whose read model is a table of the user's own, instead of a view.
const OWN_TABLE: &str = "ours on Postgres, own table";

/// Our framework over one of its stores.
#[derive(Debug)]
pub struct Ours {
    pub(crate) cqrs: Cqrs,
    pub(crate) store: Store,
    /// Whether the read model is a table of the user's own.
    pub(crate) has_own_table: bool,
    /// The position after which events are counted.
    pub(crate) counted_from: i64,
}

impl Ours {
    async fn over(store: Store, settings: &Settings) -> Result<Self> {
        let cqrs = store.application().aggregate::<Aggregate>().build().await?;
        let counted_from = totals::from(&store, settings.log).await?;
        Ok(Self {
            cqrs,
            counted_from,
            store,
            has_own_table: settings.variant == OWN_TABLE,
        })
    }
}

impl Bank for Ours {
    const ABOUT: About = About {
        crates: &["cqrs-core", "cqrs-memory", "cqrs-postgres"],
        variants: &[
            Variant {
                name: MEMORY,
                note: "nothing is durable: what the framework itself costs",
            },
            Variant {
                name: "ours on Postgres",
                note: "all defaults but the number of connections",
            },
            Variant {
                name: OWN_TABLE,
                note: "a Projection in the user's table, one upsert a batch, instead of a View",
            },
        ],
    };

    fn leaves_out(variant: &str, work: Work) -> Option<&'static str> {
        match work {
            Work::Projection => None,
            _ if variant == OWN_TABLE => Some("only its read model is another one"),
            Work::HandlerDelay if variant == MEMORY => {
                Some("appends in memory outrun every reader: it would measure a queue")
            }
            Work::Overhead if variant != MEMORY => Some("it is measured on memory"),
            _ => None,
        }
    }

    async fn connect(settings: &Settings) -> Result<Self> {
        let store = if settings.variant == MEMORY {
            Store::memory()
        } else {
            Store::postgres(settings).await?
        };
        Self::over(store, settings).await
    }

    async fn reconnect(&self, settings: &Settings) -> Result<Self> {
        Self::over(self.store.reopened(settings).await?, settings).await
    }

    async fn open(&self, account: Account) -> Result<Tried> {
        let account = AccountId(account.0);
        tried(self.cqrs.send(OpenAccount { account }).await)
    }

    async fn deposit(&self, account: Account, amount: u32) -> Result<Tried> {
        let account = AccountId(account.0);
        tried(self.cqrs.send(Deposit { account, amount }).await)
    }

    async fn append(&self, entry: Entry) -> Result<Tried> {
        append::one(self.cqrs.store(), entry).await
    }

    async fn append_unless(&self, entry: Entry, after: u64) -> Result<Option<u64>> {
        append::one_unless(self.cqrs.store(), entry, after).await
    }

    async fn seed(&self, accounts: &[Account], events: u32) -> Result<()> {
        seed::accounts(self.cqrs.store(), accounts, events).await
    }

    async fn fill(&self, accounts: u64, events: u32) -> Result<()> {
        seed::import(&self.store, accounts, events).await
    }

    async fn load(&self, account: Account) -> Result<u64> {
        let id = AccountId(account.0);
        Ok(self.cqrs.repository::<Aggregate>().load(&id).await?.balance)
    }

    async fn project(&self, _: u64) -> Result<Totals> {
        projection::run(self).await
    }

    async fn replay(&self) -> Result<Totals> {
        replay::count(&self.cqrs).await
    }

    async fn follow(&self, arrivals: Arc<Arrivals>) -> Result<()> {
        follow::start(&self.cqrs, arrivals).await
    }

    fn allocations(&self) -> Option<(u64, u64)> {
        let stats = stats_alloc::INSTRUMENTED_SYSTEM.stats();
        let count = stats.allocations + stats.reallocations;
        (count > 0).then_some((count as u64, stats.bytes_allocated as u64))
    }

    async fn totals(&self) -> Result<Totals> {
        totals::of(self).await
    }
}

/// The framework decides again by itself; what is left of a conflict is that all its attempts met one.
fn tried<R, E: std::error::Error + Send + Sync + 'static>(
    sent: Result<R, CommandError<E>>,
) -> Result<Tried> {
    match sent {
        Ok(_) => Ok(Tried::Accepted),
        Err(CommandError::Conflict(_)) => Ok(Tried::Conflict),
        Err(error) => Err(error.into()),
    }
}
