//! The harness's calls, answered with plain statements.

use anyhow::Result;
use bench_harness::{About, Account, Bank, Entry, Outcome, Settings, Totals, Tried, Variant, Work};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::{copy, pgbench, scan, table};

const INSERT: &str = "one-row INSERT";
const PGBENCH: &str = "pgbench INSERT";
const COPY: &str = "COPY";
const QUERY: &str = "raw query";
const SCAN: &str = "raw scan";

pub(crate) struct Limit {
    pool: PgPool,
    /// Whether its table has the columns of a whole event, instead of the least ones.
    has_whole_events: bool,
}

impl Bank for Limit {
    const ABOUT: About = About {
        crates: &["sqlx@0.9"],
        variants: &[
            Variant {
                name: PGBENCH,
                note: "one prepared one-row INSERT a transaction, a connection for each client, at most 128",
            },
            Variant {
                name: INSERT,
                note: "the same statement by our driver, over a pool",
            },
            Variant {
                name: COPY,
                note: "one connection, 20,000 rows a COPY",
            },
            Variant {
                name: QUERY,
                note: "one statement over a table with the least columns, payloads parsed",
            },
            Variant {
                name: SCAN,
                note: "pages of 1,000 whole events, as many columns as ours has, decoded and parsed; the next page read ahead",
            },
        ],
    };

    fn leaves_out(variant: &str, work: Work) -> Option<&'static str> {
        let fits = match variant {
            INSERT | PGBENCH | COPY => work == Work::Append,
            SCAN => work == Work::Replay,
            _ => work == Work::Load,
        };
        (!fits).then_some("it is a limit for something else")
    }

    async fn connect(settings: &Settings) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(settings.pool)
            .connect(&settings.url)
            .await?;
        let has_whole_events = settings.variant == SCAN;
        if has_whole_events {
            scan::create(&pool).await?;
        } else {
            table::create(&pool).await?;
        }
        Ok(Self {
            pool,
            has_whole_events,
        })
    }

    async fn reconnect(&self, settings: &Settings) -> Result<Self> {
        self.pool.close().await;
        Self::connect(settings).await
    }

    async fn run_itself(&self, settings: &Settings) -> Option<Result<Outcome>> {
        match settings.variant.as_str() {
            PGBENCH => Some(pgbench::run(settings).await),
            COPY => Some(copy::until(&self.pool, settings.time()).await),
            _ => None,
        }
    }

    async fn append(&self, entry: Entry) -> Result<Tried> {
        table::insert(&self.pool, entry).await?;
        Ok(Tried::Accepted)
    }

    async fn seed(&self, accounts: &[Account], events: u32) -> Result<()> {
        if self.has_whole_events {
            return scan::seed(&self.pool, accounts, events).await;
        }
        copy::accounts(&self.pool, copy::COPY, accounts, events).await
    }

    async fn load(&self, account: Account) -> Result<u64> {
        table::load(&self.pool, account).await
    }

    async fn replay(&self) -> Result<Totals> {
        scan::scan(&self.pool).await
    }

    async fn totals(&self) -> Result<Totals> {
        if self.has_whole_events {
            return scan::count(&self.pool).await;
        }
        table::count(&self.pool).await
    }
}
