//! The whole run, and what came of it.

use std::collections::HashSet;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context;
use cqrs_postgres::scratch::Scratch;
use sqlx::postgres::PgPool;
use sqlx::{Executor, Row};
use tokio::sync::watch;

use crate::plan::Plan;
use crate::quiet::Latency;
use crate::readers::{Faults, Seen};
use crate::{delays, killer, quiet, readers, writers};

/// The figures.
#[derive(Debug)]
pub(crate) struct Report {
    events: usize,
    failed: usize,
    kills: usize,
    readers: usize,
    faults: Faults,
    naive_missed: usize,
    same_process: Latency,
    other_process: Latency,
}

impl Report {
    /// No fault, the fault that could have been was seen elsewhere, and deliveries within milliseconds.
    pub(crate) fn is_good(&self) -> bool {
        let most = Duration::from_millis(50);
        !self.faults.any()
            && self.naive_missed > 0
            && self.kills > 0
            && self.same_process.median < most
            && self.other_process.median < most
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "torture: {} events, {} failed appends, {} kills, {} readers: {} missed, {} doubled, {} out of order; \
             a plain reader missed {}; commit to delivery p50/p99 {} in the same process, {} from another",
            self.events,
            self.failed,
            self.kills,
            self.readers,
            self.faults.missed,
            self.faults.doubled,
            self.faults.inverted,
            self.naive_missed,
            self.same_process,
            self.other_process,
        )
    }
}

/// Runs writers here and in a second process, with readers beside them.
pub(crate) async fn run(
    seconds: u64,
    writers: usize,
    mut second: Command,
) -> anyhow::Result<Report> {
    let scratch = Scratch::new();
    let plan = Plan {
        url: scratch.url().to_owned(),
        schema: scratch.schema().to_owned(),
        seconds,
        writers,
    };
    let pool = PgPool::connect(&plan.url).await?;
    let store = plan.reading_store().connect().await?;

    let original = delays::add(&pool, &plan).await?;

    // A transaction that has nothing to do with the log, has written, and is open for the whole run (F3).
    let mut unrelated = pool.begin().await?;
    unrelated.execute("SELECT pg_current_xact_id()").await?;

    let (end, ended) = watch::channel(None);
    let mut followers = Vec::new();
    for _ in 0..2 {
        followers.push(tokio::spawn(readers::by_pages(
            store.clone(),
            ended.clone(),
        )));
        followers.push(tokio::spawn(readers::by_subscription(
            store.clone(),
            ended.clone(),
        )));
    }
    let naive = tokio::spawn(readers::naive(pool.clone(), plan.schema.clone(), ended));
    let kills = Arc::new(AtomicUsize::new(0));
    let killer = tokio::spawn(killer::kill(plan.clone(), pool.clone(), Arc::clone(&kills)));

    plan.tell(&mut second);
    let mut second = tokio::process::Command::from(second)
        .kill_on_drop(true)
        .spawn()?;
    let written = writers::write(&plan).await?;
    let status = second.wait().await?;
    killer.abort();
    anyhow::ensure!(status.success(), "the second process failed: {status}");
    writers::check(&plan, &written).await?;

    let table = table(&pool, &plan).await?;
    end.send_replace(Some(table.iter().copied().max().unwrap_or(0)));
    let mut faults = Faults::default();
    let readers = followers.len();
    for follower in followers {
        let seen = finished(follower).await.context("a reader")??;
        faults += Faults::of(&seen, &table);
    }
    let naive_missed =
        Faults::of(&finished(naive).await.context("the plain reader")??, &table).missed;

    delays::remove(&pool, original).await?;
    let writing = plan.reading_store().connect().await?;
    let (same_process, other_process) = if faults.any() {
        (Latency::UNKNOWN, Latency::UNKNOWN)
    } else {
        let same = quiet::measure(&writing, &writing, 200).await?;
        (same, quiet::measure(&writing, &store, 200).await?)
    };
    unrelated.rollback().await?;
    writing.close().await;
    store.close().await;
    Ok(Report {
        events: table.len(),
        failed: written.failed,
        kills: kills.load(Ordering::Relaxed),
        readers,
        faults,
        naive_missed,
        same_process,
        other_process,
    })
}

async fn finished<E>(
    task: tokio::task::JoinHandle<Result<Seen, E>>,
) -> anyhow::Result<Result<Seen, E>> {
    Ok(tokio::time::timeout(Duration::from_secs(20), task).await??)
}

async fn table(pool: &PgPool, plan: &Plan) -> anyhow::Result<HashSet<u64>> {
    let statement = format!("SELECT position FROM \"{}\".events", plan.schema);
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
        .fetch_all(pool)
        .await?;
    rows.iter()
        .map(|row| Ok(row.try_get::<i64, _>(0)?.unsigned_abs()))
        .collect()
}
