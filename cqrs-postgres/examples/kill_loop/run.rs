//! The whole run, and what came of it.

use std::time::{Duration, Instant};

use cqrs_core::words::node::NodeId;

use crate::cuts::Cuts;
use crate::program::comparison::{self, Comparison};
use crate::program::plan::Plan;
use crate::program::process::{Process, Start};
use crate::program::program;
use crate::program::writers::{self, Writers};
use crate::schema::Schema;

const WRITERS: usize = 4;

/// How long everything may take to come to rest when nobody is killed any more.
const REST: Duration = Duration::from_mins(2);

/// Whether the program's connections hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connections {
    /// They do.
    Hold,
    /// They are cut at commits, before and after the server hears of it.
    AreCut,
}

/// The figures.
#[derive(Debug)]
pub(crate) struct Report {
    connections: Connections,
    kills: u32,
    /// How many of the killed had got so far that their processors ran.
    ran: u32,
    cuts: usize,
    failed: u64,
    took: Duration,
    comparison: Comparison,
}

impl Report {
    /// Everything is as the log says, and what should have happened did.
    pub(crate) fn is_good(&self) -> bool {
        let is_cut = (self.connections == Connections::AreCut) == (self.cuts > 0);
        self.comparison.is_good() && self.ran > self.kills / 2 && is_cut
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} kills ({} while processors ran), {} commits cut off, {} commands of writers failed, {:.0} s: {}",
            self.kills,
            self.ran,
            self.cuts,
            self.failed,
            self.took.as_secs_f64(),
            self.comparison,
        )
    }
}

/// Writes, and kills the program so often; then compares.
pub(crate) async fn run(
    kills: u32,
    connections: Connections,
    start: Start,
) -> anyhow::Result<Report> {
    let began = Instant::now();
    let schema = Schema::new();
    let plan = Plan {
        url: schema.url().to_owned(),
        schema: schema.name().to_owned(),
        lease_ms: 400,
        pause_ms: 0,
        batch: 50,
    };
    let store = plan.store().connect().await?;
    // Its processors do not run here: it writes, and looks.
    let cqrs = program(store.clone(), &plan, NodeId::unique()).await?;
    writers::accounts(&cqrs).await?;
    let cuts = match connections {
        Connections::Hold => None,
        Connections::AreCut => Some(Cuts::start(&plan.url).await),
    };
    let for_child = match &cuts {
        None => plan.clone(),
        Some(cuts) => plan.by(cuts.url(&plan.url)),
    };

    let writing = Writers::start(&cqrs, WRITERS);
    let mut ran = 0;
    let mut process = Process::start(start, &for_child)?;
    for _ in 0..kills {
        let life = Duration::from_millis(fastrand::u64(50..1_000));
        let runs = async {
            let runs = process.runs().await;
            // Killed at a random moment of its life, and some of them before it has one.
            ran += u32::from(runs.is_ok());
            std::future::pending::<()>().await;
        };
        let _ = tokio::time::timeout(life, runs).await;
        process.kill().await?;
        process = Process::start(start, &for_child)?;
    }
    let failed = writing.stop().await?;
    comparison::idle(&cqrs, REST).await?;
    let cuts = cuts.map_or(0, Cuts::stop);
    process.stop().await?;
    let comparison = comparison::compare(&cqrs, &store, &plan.url).await?;
    store.close().await;
    Ok(Report {
        connections,
        kills,
        ran,
        cuts,
        failed,
        took: began.elapsed(),
        comparison,
    })
}
