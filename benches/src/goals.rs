//! The figures of issue 4, "It is done when": what they are in this run, and whether they are reached.

use bench_harness::Work;
use serde::Serialize;

use crate::contenders::Role;
use crate::results::{Series, growth};

const OURS: &str = "ours on Postgres";
const MEMORY: &str = "ours on memory";
const PGBENCH: &str = "pgbench INSERT";
const INSERT: &str = "one-row INSERT";
const UMADB: &str = "UmaDB";
const QUERY: &str = "raw query";
const SCAN: &str = "raw scan";

/// The issue has no figure for starving. Half is a fair part of two nodes, and 1 of two tasks.
const NOT_STARVED: f64 = 0.1;

/// The issue has no figure for what is flat where a work has no middle: a log of 100,000 events in memory would take more.
const MOST_OF_A_READER: f64 = 64.0;

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
    /// What measures it, where this benchmark does not.
    pub(crate) elsewhere: Option<&'static str>,
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
            series.cell.is_plain() && series.cell.contender == contender
        })
        .find_map(|series| series.median)
    }

    fn best_peer(&self, work: Work, tasks: usize, is: impl Fn(&Series) -> bool) -> Option<f64> {
        self.find(work, tasks, |series| {
            series.cell.is_plain() && series.cell.role == Role::Peer && is(series)
        })
        .filter_map(|series| series.median)
        .max_by(f64::total_cmp)
    }

    fn p50(&self, work: Work, contender: &str) -> Option<f64> {
        self.find(work, 1, |series| {
            series.cell.is_plain() && series.cell.contender == contender
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

    fn nodes(&self, work: Work, tasks: usize, nodes: u32) -> Option<&Series> {
        self.find(work, tasks, |series| {
            let cell = &series.cell;
            cell.log == 0 && cell.times == 1 && cell.nodes == nodes && cell.contender == OURS
        })
        .next()
    }

    /// What so many nodes reach of what one reaches.
    fn nodes_to_one(&self, work: Work, tasks: usize, nodes: u32) -> Option<f64> {
        let rate = |nodes| self.nodes(work, tasks, nodes)?.median;
        ratio(rate(nodes), rate(1))
    }

    /// Ours on Postgres, all of it.
    fn ours(&self) -> impl Iterator<Item = &Series> {
        let all = self.0.iter();
        all.filter(|series| series.cell.contender == OURS)
    }

    /// Pairs of the same work with the same tasks, on logs of 10,000 events and of so many.
    fn grown(&self, log: u64) -> impl Iterator<Item = (&Series, &Series)> {
        self.ours()
            .filter(|series| series.cell.log == 10_000)
            .filter_map(move |small| {
                let same = |series: &&Series| {
                    let (cell, of) = (&series.cell, &small.cell);
                    cell.log == log && cell.work == of.work && cell.tasks == of.tasks
                };
                Some((small, self.ours().find(same)?))
            })
    }
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
        elsewhere: None,
    }
}

fn at_most(number: u8, what: impl Into<String>, figure: Option<f64>, bound: f64) -> Goal {
    Goal {
        number,
        what: what.into(),
        figure,
        at_least: None,
        at_most: Some(bound),
        elsewhere: None,
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
        "commands on memory on all cores (the issue: on two), the best number of tasks",
        series
            .iter()
            .filter(|series| series.cell.contender == MEMORY)
            .filter(|series| series.cell.work == Work::OwnAccounts)
            .filter_map(|series| series.median)
            .max_by(f64::total_cmp),
        1_000_000.0,
    )];
    for (work, name) in [(Work::OwnAccounts, "commands"), (Work::Append, "appends")] {
        let grown = rows.grown(largest);
        let of_work = grown.filter(|(small, _)| largest > 10_000 && small.cell.work == work);
        let worst = of_work
            .filter_map(|(small, large)| ratio(large.median, small.median))
            .min_by(f64::total_cmp);
        let what = format!("{name} at {largest} events in the log / at 10,000, worst tasks");
        goals.push(at_least(7, what, worst, 0.8));
    }
    goals.extend(memory(rows, largest));
    goals.extend(nodes(rows));
    goals.push(Goal {
        number: 9,
        what: "all promises hold with batching".into(),
        figure: None,
        at_least: None,
        at_most: None,
        elsewhere: Some(
            "cargo xtask test, cargo xtask torture, cargo xtask kill-loop; the checks of this run",
        ),
    });
    goals
}

/// Memory that is flat: in time, and whatever the length of the log. The memory backend holds the log itself.
fn memory(rows: &Rows<'_>, largest: u64) -> Vec<Goal> {
    let most = |figures: &mut dyn Iterator<Item = f64>| figures.max_by(f64::total_cmp);
    let in_time = |is_long: bool| {
        most(
            &mut rows
                .ours()
                .filter(|series| (series.cell.times > 1) == is_long)
                .filter_map(|series| series.memory?.growth),
        )
    };
    let with_the_log = most(&mut rows.grown(largest).filter_map(|(small, large)| {
        let peak = |series: &Series| Some(series.memory?.peak);
        Some(growth(peak(small)?, peak(large)?))
    }));
    let readers = rows.ours().filter(|series| !series.cell.is_timed());
    let readers = most(&mut readers.filter_map(|series| Some(series.memory?.peak)));
    vec![
        at_most(
            7,
            "memory at the end of a run / at its middle, the worst",
            in_time(false),
            1.2,
        ),
        at_most(
            7,
            "the same in a run of ten times the length",
            in_time(true),
            1.2,
        ),
        at_most(
            7,
            format!("most memory at {largest} events in the log / at 10,000, the worst"),
            with_the_log.filter(|_| largest > 10_000),
            1.2,
        ),
        at_most(
            7,
            "most memory of who reads the whole log, MiB",
            readers,
            MOST_OF_A_READER,
        ),
    ]
}

fn nodes(rows: &Rows<'_>) -> Vec<Goal> {
    let own = |tasks, nodes| rows.nodes_to_one(Work::OwnAccounts, tasks, nodes);
    let worst = [1, 32]
        .into_iter()
        .flat_map(|tasks| [2, 4].map(|nodes| own(tasks, nodes)));
    let two = rows.nodes(Work::OneAccount, 32, 2);
    vec![
        at_least(
            8,
            "two nodes / one, own accounts, one task each: the database has room",
            own(1, 2),
            1.3,
        ),
        at_least(
            8,
            "two or four nodes / one, own accounts, 1 or 32 tasks each, the worst",
            worst.flatten().min_by(f64::total_cmp),
            0.9,
        ),
        at_least(
            8,
            "two nodes / one, one account",
            rows.nodes_to_one(Work::OneAccount, 32, 2),
            0.3,
        ),
        at_least(
            8,
            "two nodes, one account: the smaller node's part of the commands",
            two.and_then(|series| series.least_node),
            NOT_STARVED,
        ),
        at_least(
            8,
            "two nodes, one account: the slowest task / the fastest of its node",
            two.and_then(|series| series.least_task),
            NOT_STARVED,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use bench_harness::{Memory, Outcome, Work};

    use super::{Goal, MEMORY, OURS, PGBENCH, UMADB, goals};
    use crate::cell::Cell;
    use crate::contenders::Role;
    use crate::measure::Measured;
    use crate::record::{Measurement, Record};
    use crate::results::series;

    fn cell(work: Work, tasks: usize, contender: &str) -> Cell {
        let role = match contender {
            OURS | MEMORY => Role::Ours,
            UMADB => Role::Store,
            PGBENCH => Role::Limit,
            _ => Role::Peer,
        };
        Cell {
            work,
            length: 0,
            log: 0,
            nodes: 1,
            tasks,
            times: 1,
            contender: contender.to_owned(),
            role,
        }
    }

    /// So many operations of each node in a second, with this memory in MiB in the middle and at the end.
    fn measured(cell: Cell, operations: &[u64], memory: [u64; 2]) -> Measurement {
        let [middle, after] = memory.map(|mebibytes| mebibytes << 20);
        let outcomes = operations.iter().map(|operations| Outcome {
            operations: *operations,
            seconds: 1.0,
            shares: Some((1, 4)),
            memory: Memory {
                before: middle,
                middle,
                after,
                peak: after,
            },
            ..Outcome::default()
        });
        let outcomes = outcomes.collect();
        let wrong = Vec::new();
        Measurement {
            cell,
            milliseconds: 1_000,
            seconds: 1.5,
            measured: Some(Measured { outcomes, wrong }),
            failure: None,
        }
    }

    fn told(measurements: Vec<Measurement>) -> Vec<Goal> {
        goals(&series(&Record::of(measurements)))
    }

    fn figure(goals: &[Goal], what: &str) -> Option<f64> {
        let goal = goals.iter().find(|goal| goal.what.starts_with(what));
        goal.unwrap_or_else(|| panic!("no goal {what}")).figure
    }

    fn is(value: Option<f64>, expected: f64) -> bool {
        value.is_some_and(|value| (value - expected).abs() < 1e-9)
    }

    #[test]
    fn each_part_of_the_issue_has_a_line_and_nothing_is_reached_unmeasured() {
        let goals = told(Vec::new());
        let numbers: Vec<_> = goals.iter().map(|goal| goal.number).collect();
        for number in 1..=9 {
            assert!(numbers.contains(&number), "{number}");
        }
        assert!(goals.iter().all(|goal| goal.verdict() == "not measured"));
    }

    #[test]
    fn a_ratio_is_of_medians_and_the_best_peer_is_the_fastest() {
        let own = |contender: &str, rate| {
            measured(cell(Work::OwnAccounts, 32, contender), &[rate], [1, 1])
        };
        let goals = told(vec![
            own(OURS, 600),
            own(OURS, 700),
            own(OURS, 9_000),
            own("cqrs-es", 70),
            own("esrs", 100),
        ]);
        assert!(is(
            figure(&goals, "own accounts, 32 tasks: ours / cqrs-es"),
            10.0
        ));
        assert!(is(
            figure(&goals, "own accounts, 32 tasks: ours / the best peer"),
            7.0
        ));
        assert_eq!(
            figure(&goals, "own accounts, 32 tasks: ours / pgbench"),
            None
        );
    }

    #[test]
    fn the_worst_number_of_tasks_counts_for_a_log_that_grows() {
        let grown = |log, tasks, rate, memory| {
            let cell = Cell {
                log,
                ..cell(Work::Append, tasks, OURS)
            };
            measured(cell, &[rate], [memory, memory])
        };
        let goals = told(vec![
            grown(10_000, 1, 100, 20),
            grown(10_000, 32, 100, 20),
            grown(10_000_000, 1, 95, 20),
            grown(10_000_000, 32, 50, 40),
        ]);
        assert!(is(figure(&goals, "appends at 10000000 events"), 0.5));
        assert!(is(figure(&goals, "most memory at 10000000 events"), 2.0));
    }

    #[test]
    fn memory_that_grows_is_told_apart_from_a_log_that_the_backend_holds() {
        let own = |contender: &str, memory| {
            measured(cell(Work::OwnAccounts, 32, contender), &[1], memory)
        };
        let what = "memory at the end of a run";
        assert!(is(figure(&told(vec![own(OURS, [20, 30])]), what), 1.5));
        assert!(is(figure(&told(vec![own(OURS, [20, 22])]), what), 1.0));
        assert_eq!(figure(&told(vec![own(MEMORY, [20, 300])]), what), None);
    }

    #[test]
    fn a_node_that_starves_is_found() {
        let two = |operations: &[u64]| {
            let cell = Cell {
                nodes: 2,
                ..cell(Work::OneAccount, 32, OURS)
            };
            measured(cell, operations, [1, 1])
        };
        let goals = told(vec![two(&[50, 50]), two(&[98, 2])]);
        assert!(is(
            figure(&goals, "two nodes, one account: the smaller"),
            0.02
        ));
        assert!(is(
            figure(&goals, "two nodes, one account: the slowest task"),
            0.25
        ));
    }
}
