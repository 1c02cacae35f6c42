//! Writes that are read back at once, with two nodes: this one, and one in another process.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use cqrs_core::prelude::View;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::Partition;

use crate::gaps::Gaps;
use crate::parked;
use crate::program::account::AccountId;
use crate::program::plan::Plan;
use crate::program::process::{Process, Start};
use crate::program::program;
use crate::program::views::Activity;
use crate::program::writers::{deposit, open};
use crate::schema::Schema;

/// How many write and read at the same time, each on accounts of its own.
const READERS: u64 = 16;
const ACCOUNTS_EACH: u64 = 8;

/// A machine may have much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// The figures.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    loops: u64,
    stale: u64,
    partitions: usize,
    longest: Duration,
    /// What a parked key answers.
    parked: Option<String>,
}

impl Reads {
    pub(crate) fn is_good(&self) -> bool {
        let all = usize::from(Activity::PARTITIONS.get());
        self.loops > 0 && self.stale == 0 && self.partitions == all && self.parked.is_some()
    }
}

impl std::fmt::Display for Reads {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} writes read back over {} partitions on 2 nodes: {} stale, the longest took {} ms; a parked key answers: {}",
            self.loops,
            self.partitions,
            self.stale,
            self.longest.as_millis(),
            self.parked.as_deref().unwrap_or("nothing"),
        )
    }
}

pub(crate) async fn run(reads: u64, lease: Duration, start: Start) -> anyhow::Result<Reads> {
    let schema = Schema::new();
    let plan = Plan {
        url: schema.url().to_owned(),
        schema: schema.name().to_owned(),
        lease_ms: u64::try_from(lease.as_millis())?,
        pause_ms: 0,
        batch: 500,
    };
    let store = plan.store().connect().await?;
    let own = NodeId::unique();
    let cqrs = program(store.clone(), &plan, own.clone()).await?;
    let runners = cqrs.start_runners();
    let mut process = Process::start(start, &plan)?;
    let other = process.runs().await?;
    let gaps = Gaps::watch(store.clone());
    gaps.until_held_by(&[&own, &other]).await?;
    drop(gaps);

    let readers = (0..READERS).map(|reader| {
        let share = reads / READERS + u64::from(reader < reads % READERS);
        tokio::spawn(read(cqrs.clone(), reader, share))
    });
    let mut sum = Reads::default();
    let mut partitions = HashSet::new();
    for reader in readers.collect::<Vec<_>>() {
        let (one, seen) = reader.await??;
        sum.loops += one.loops;
        sum.stale += one.stale;
        sum.longest = sum.longest.max(one.longest);
        partitions.extend(seen);
    }
    sum.partitions = partitions.len();
    sum.parked = parked::answer(&cqrs).await?;
    runners.stop(Duration::from_secs(10)).await;
    process.stop().await?;
    store.close().await;
    Ok(sum)
}

/// Nobody else writes to the accounts of this reader, so that it knows what it must find.
async fn read(cqrs: Cqrs, reader: u64, reads: u64) -> anyhow::Result<(Reads, HashSet<Partition>)> {
    let first = 1_000 + reader * ACCOUNTS_EACH;
    for account in first..first + ACCOUNTS_EACH {
        open(&cqrs, account, "ada").await?;
    }
    let mut found = Reads::default();
    let mut partitions = HashSet::new();
    for number in 0..reads {
        let account = AccountId(first + number % ACCOUNTS_EACH);
        let receipt = cqrs.send(deposit(account, 1)).await?;
        let began = Instant::now();
        let view = cqrs.view::<Activity>(account).at_least(receipt.position);
        let view = view.within(PATIENCE).await?.unwrap_or_default();
        found.longest = found.longest.max(began.elapsed());
        found.loops += 1;
        // One when it was opened.
        found.stale += u64::from(view.deposits != number / ACCOUNTS_EACH + 2);
        partitions.insert(Activity::PARTITIONS.partition_of(&account.to_string()));
    }
    Ok((found, partitions))
}
