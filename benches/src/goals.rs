//! The figures of issue 4, "It is done when": what they are in this run, and whether they are reached.

use bench_harness::Work;
use serde::Serialize;

use crate::contenders::Role;
use crate::results::Series;

const OURS: &str = "ours on Postgres";
const MEMORY: &str = "ours on memory";
const PGBENCH: &str = "pgbench INSERT";
const INSERT: &str = "one-row INSERT";
const UMADB: &str = "UmaDB";
const QUERY: &str = "raw query";
const SCAN: &str = "raw scan";

/// One figure.
#[derive(Debug, Serialize)]
pub(crate) struct Goal {
    /// Its number in the issue.
    pub(crate) number: u8,
    pub(crate) what: String,
    /// What it is; `None` when a part of it was not measured.
    pub(crate) figure: Option<f64>,
    /// What it must be.
    pub(crate) at_least: Option<f64>,
    pub(crate) at_most: Option<f64>,
}

impl Goal {
    pub(crate) fn verdict(&self) -> &'static str {
        let Some(figure) = self.figure else {
            return "not measured";
        };
        let reached = self.at_least.is_none_or(|bound| figure >= bound)
            && self.at_most.is_none_or(|bound| figure <= bound);
        if reached { "reached" } else { "missed" }
    }

    pub(crate) fn bound(&self) -> String {
        match (self.at_least, self.at_most) {
            (Some(bound), _) => format!("≥ {bound}"),
            (_, Some(bound)) => format!("≤ {bound}"),
            _ => String::new(),
        }
    }
}

/// Finds rows by what they are.
struct Rows<'a>(&'a [Series]);

impl Rows<'_> {
    fn find(
        &self,
        work: Work,
        tasks: usize,
        is: impl Fn(&Series) -> bool,
    ) -> impl Iterator<Item = &Series> {
        self.0.iter().filter(move |series| {
            series.cell.work == work && series.cell.tasks == tasks && is(series)
        })
    }

    fn rate(&self, work: Work, tasks: usize, contender: &str) -> Option<f64> {
        self.find(work, tasks, |series| {
            is_plain(series) && series.cell.contender == contender
        })
        .find_map(|series| series.median)
    }

    fn best_peer(&self, work: Work, tasks: usize, is: impl Fn(&Series) -> bool) -> Option<f64> {
        self.find(work, tasks, |series| {
            is_plain(series) && series.role == Role::Peer && is(series)
        })
        .filter_map(|series| series.median)
        .max_by(f64::total_cmp)
    }

    fn p50(&self, work: Work, contender: &str) -> Option<f64> {
        self.find(work, 1, |series| {
            is_plain(series) && series.cell.contender == contender
        })
        .find_map(|series| series.latency)
        .map(|latency| latency.p50)
    }

    fn load(&self, length: u32, contender: &str) -> Option<f64> {
        self.find(Work::Load, 1, |series| {
            series.cell.length == length && series.cell.contender == contender
        })
        .find_map(|series| series.median)
    }

    fn nodes(&self, work: Work, nodes: u32) -> Option<f64> {
        self.find(work, 32, |series| {
            series.cell.log == 0 && series.cell.nodes == nodes && series.cell.contender == OURS
        })
        .find_map(|series| series.median)
    }

    fn log(&self, work: Work, log: u64) -> Option<f64> {
        self.find(work, 32, |series| series.cell.log == log)
            .find_map(|series| series.median)
    }
}

/// One process on an empty log.
fn is_plain(series: &Series) -> bool {
    series.cell.nodes == 1 && series.cell.log == 0
}

fn ratio(of: Option<f64>, to: Option<f64>) -> Option<f64> {
    Some(of? / to?)
}

fn at_least(number: u8, what: impl Into<String>, figure: Option<f64>, bound: f64) -> Goal {
    Goal {
        number,
        what: what.into(),
        figure,
        at_least: Some(bound),
        at_most: None,
    }
}

fn at_most(number: u8, what: impl Into<String>, figure: Option<f64>, bound: f64) -> Goal {
    Goal {
        number,
        what: what.into(),
        figure,
        at_least: None,
        at_most: Some(bound),
    }
}

/// All that this benchmark can tell.
pub(crate) fn goals(series: &[Series]) -> Vec<Goal> {
    let rows = Rows(series);
    let mut goals = commands(&rows);
    goals.extend(reading(&rows));
    goals.extend(scale(&rows, series));
    goals
}

fn commands(rows: &Rows<'_>) -> Vec<Goal> {
    let own = |tasks| rows.rate(Work::OwnAccounts, tasks, OURS);
    let append = |work, tasks| ratio(rows.rate(work, tasks, OURS), rows.rate(work, tasks, UMADB));
    let pgbench_at_its_best = rows
        .0
        .iter()
        .filter(|series| series.cell.contender == PGBENCH)
        .filter_map(|series| series.median)
        .max_by(f64::total_cmp);
    let cqrs_es = rows.rate(Work::OwnAccounts, 32, "cqrs-es");
    let best = rows.best_peer(Work::OwnAccounts, 32, |_| true);
    let pgbench = rows.rate(Work::Append, 32, PGBENCH);
    let one = rows.rate(Work::OneAccount, 32, OURS);
    let retries = rows.best_peer(Work::OneAccount, 32, |series| {
        !series.cell.contender.contains("lock")
    });
    let bare = rows.p50(Work::Append, INSERT);
    let warm = rows.p50(Work::OwnAccounts, OURS);
    let cold = rows.p50(Work::ColdAccounts, OURS);
    vec![
        at_least(
            1,
            "own accounts, 32 tasks: ours / cqrs-es",
            ratio(own(32), cqrs_es),
            7.0,
        ),
        at_least(
            1,
            "own accounts, 32 tasks: ours / the best peer",
            ratio(own(32), best),
            6.0,
        ),
        at_least(
            1,
            "own accounts, 32 tasks: ours / pgbench's INSERTs",
            ratio(own(32), pgbench),
            2.3,
        ),
        at_least(
            1,
            "own accounts, 512 tasks: ours / pgbench at its best",
            ratio(own(512), pgbench_at_its_best),
            5.0,
        ),
        at_least(
            1,
            "appends, 32 tasks: ours / UmaDB",
            append(Work::Append, 32),
            2.0,
        ),
        at_least(
            1,
            "appends, 512 tasks: ours / UmaDB",
            append(Work::Append, 512),
            2.0,
        ),
        at_least(
            1,
            "conditional appends, 32 tasks: ours / UmaDB",
            append(Work::AppendUnless, 32),
            1.5,
        ),
        at_least(
            1,
            "conditional appends, 512 tasks: ours / UmaDB",
            append(Work::AppendUnless, 512),
            1.5,
        ),
        at_least(
            2,
            "one account, 32 tasks: ours / the best peer that retries",
            ratio(one, retries),
            150.0,
        ),
        at_least(
            2,
            "one account / own accounts, 32 tasks, ours",
            ratio(one, own(32)),
            0.7,
        ),
        at_most(
            3,
            "one task, median latency: cached command / bare INSERT",
            ratio(warm, bare),
            1.2,
        ),
        at_most(
            3,
            "one task, median latency: loaded command / bare INSERT",
            ratio(cold, bare),
            2.2,
        ),
    ]
}

fn reading(rows: &Rows<'_>) -> Vec<Goal> {
    let view = ratio(
        rows.rate(Work::Projection, 1, OURS),
        rows.best_peer(Work::Projection, 1, |_| true),
    );
    let replay = ratio(
        rows.rate(Work::Replay, 1, OURS),
        rows.rate(Work::Replay, 1, SCAN),
    );
    let mut goals = vec![
        at_least(4, "projection: ours / the best peer", view, 12.0),
        at_least(4, "counting replay: ours / raw scan", replay, 0.8),
    ];
    for length in [1_000, 10_000] {
        let raw = ratio(rows.load(length, QUERY), rows.load(length, OURS));
        let best = rows.best_peer(Work::Load, 1, |series| series.cell.length == length);
        let peer = ratio(rows.load(length, OURS), best);
        goals.push(at_most(
            5,
            format!("loading {length} events: time of ours / of the raw query"),
            raw,
            1.3,
        ));
        goals.push(at_least(
            5,
            format!("loading {length} events: ours / the best peer"),
            peer,
            1.0,
        ));
    }
    goals
}

fn scale(rows: &Rows<'_>, series: &[Series]) -> Vec<Goal> {
    let logs: Vec<_> = series.iter().map(|series| series.cell.log).collect();
    let largest = logs.iter().copied().max().unwrap_or_default();
    let mut goals = vec![at_least(
        6,
        "commands on memory, the best number of tasks",
        series
            .iter()
            .filter(|series| series.cell.contender == MEMORY)
            .filter(|series| series.cell.work == Work::OwnAccounts)
            .filter_map(|series| series.median)
            .max_by(f64::total_cmp),
        1_000_000.0,
    )];
    for (work, name) in [(Work::OwnAccounts, "commands"), (Work::Append, "appends")] {
        let grown = ratio(rows.log(work, largest), rows.log(work, 10_000));
        let grown = grown.filter(|_| largest > 10_000);
        let what = format!("{name} at {largest} events in the log / at 10,000");
        goals.push(at_least(7, what, grown, 0.8));
    }
    let two = |work| ratio(rows.nodes(work, 2), rows.nodes(work, 1));
    let own = two(Work::OwnAccounts);
    goals.push(at_least(
        8,
        "two nodes / one, own accounts (1.3 where the database has room)",
        own,
        0.9,
    ));
    goals.push(at_least(
        8,
        "two nodes / one, one account",
        two(Work::OneAccount),
        0.3,
    ));
    goals
}
