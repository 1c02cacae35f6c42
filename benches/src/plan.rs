//! Which cells there are, in which order: contenders in turn within each row.

use bench_harness::Work;

use crate::cell::Cell;
use crate::contenders::{Contender, Role};
use crate::options::Options;

/// The number of tasks of the table's rows.
const TASKS: usize = 32;

/// The name of our variant whose growth and nodes are measured.
const OURS: &str = "ours on Postgres";

/// A row of the plan: what all contenders are to do.
struct Row {
    work: Work,
    tasks: usize,
    length: u32,
    log: u64,
    nodes: u32,
    rounds: u32,
    only_ours: bool,
}

/// Every cell of a run.
pub(crate) fn cells(options: &Options, contenders: &[Contender]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for row in rows(options) {
        if !asked(options.work.as_deref(), row.work.name()) {
            continue;
        }
        for (program, contender) in contenders.iter().enumerate() {
            let Ok(built) = &contender.built else {
                continue;
            };
            if contender.program.only_counts() && row.work != Work::Overhead {
                continue;
            }
            for (name, variant) in &built.description.variants {
                let left_out = variant.left_out.contains_key(row.work.name())
                    || (row.only_ours && name != OURS)
                    || (contender.program.role == Role::Limit
                        && name == "COPY"
                        && row.tasks != TASKS);
                if left_out || !asked(options.contender.as_deref(), name) {
                    continue;
                }
                cells.push(Cell {
                    work: row.work,
                    length: row.length,
                    log: row.log,
                    nodes: row.nodes,
                    tasks: row.tasks,
                    contender: if contender.program.only_counts() {
                        format!("{name}, allocations counted")
                    } else {
                        name.clone()
                    },
                    variant: name.clone(),
                    program,
                    rounds: row.rounds,
                });
            }
        }
    }
    cells
}

fn asked(filter: Option<&str>, name: &str) -> bool {
    filter.is_none_or(|filter| name.contains(filter))
}

fn rows(options: &Options) -> Vec<Row> {
    let row = |work, tasks| Row {
        work,
        tasks,
        length: 0,
        log: 0,
        nodes: 1,
        rounds: options.rounds(),
        only_ours: false,
    };
    let heavy = |work, tasks, length| Row {
        length,
        rounds: options.rounds_of_heavy_work(),
        ..row(work, tasks)
    };
    let mut rows = Vec::new();
    for work in [Work::OwnAccounts, Work::Append] {
        rows.extend(options.tasks().iter().map(|tasks| row(work, *tasks)));
    }
    rows.push(row(Work::OneAccount, TASKS));
    let with_conditions = options.tasks().iter().filter(|tasks| **tasks >= TASKS);
    rows.extend(with_conditions.map(|tasks| row(Work::AppendUnless, *tasks)));
    rows.push(row(Work::HandlerDelay, TASKS));
    rows.push(row(Work::Overhead, 1));
    rows.push(heavy(Work::ColdAccounts, 1, 0));
    rows.push(heavy(Work::LongAccounts, TASKS, 0));
    // Long enough that how a read model starts is a small part of it.
    let view = if options.quick { 50_000 } else { 400_000 };
    rows.push(heavy(Work::Projection, 1, view));
    let log = if options.quick { 20_000 } else { 500_000 };
    rows.push(heavy(Work::Replay, 1, log));
    let lengths: &[u32] = if options.quick {
        &[10, 1_000]
    } else {
        &[10, 100, 1_000, 10_000]
    };
    rows.extend(lengths.iter().map(|length| heavy(Work::Load, 1, *length)));
    rows.extend(nodes(options, &row));
    rows.extend(growth(options, &heavy));
    rows
}

/// Several processes on one database: accounts of their own, and one account for all.
fn nodes(options: &Options, row: &impl Fn(Work, usize) -> Row) -> Vec<Row> {
    let counts: &[u32] = if options.quick { &[2] } else { &[2, 4] };
    let works = [Work::OwnAccounts, Work::OneAccount];
    let rows = counts.iter().flat_map(|nodes| {
        works.map(|work| Row {
            nodes: *nodes,
            only_ours: true,
            ..row(work, TASKS)
        })
    });
    rows.collect()
}

/// The same commands and appends on logs that have grown.
fn growth(options: &Options, heavy: &impl Fn(Work, usize, u32) -> Row) -> Vec<Row> {
    let sizes = [10_000, 1_000_000, 10_000_000];
    let mut sizes: Vec<u64> = sizes
        .into_iter()
        .filter(|size| *size < options.largest_log())
        .collect();
    sizes.push(options.largest_log());
    let tasks: &[usize] = if options.quick {
        &[TASKS]
    } else {
        options.tasks()
    };
    let mut rows = Vec::new();
    for log in sizes {
        for work in [Work::OwnAccounts, Work::Append] {
            rows.extend(tasks.iter().map(|tasks| Row {
                log,
                only_ours: true,
                ..heavy(work, *tasks, 0)
            }));
        }
    }
    rows
}
