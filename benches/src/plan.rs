//! Which cells there are, in which order: contenders in turn within each row.

use bench_harness::Work;

use crate::cell::{Cell, Planned};
use crate::contenders::{Contender, Role};
use crate::options::Options;

/// The number of tasks of the table's rows.
const TASKS: usize = 32;

/// The name of our variant whose growth and nodes are measured.
const OURS: &str = "ours on Postgres";

/// How many times longer the run is that shows whether memory grows.
const LONG: u32 = 10;

/// A row of the plan: what all contenders are to do.
#[derive(Clone, Copy)]
struct Row {
    work: Work,
    tasks: usize,
    length: u32,
    log: u64,
    nodes: u32,
    times: u32,
    rounds: u32,
    only_ours: bool,
}

/// Every cell of a run.
pub(crate) fn cells(options: &Options, contenders: &[Contender]) -> Vec<Planned> {
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
                cells.push(row.planned(program, contender, name));
            }
        }
    }
    cells
}

impl Row {
    fn planned(self, program: usize, contender: &Contender, name: &str) -> Planned {
        Planned {
            cell: Cell {
                work: self.work,
                length: self.length,
                log: self.log,
                nodes: self.nodes,
                tasks: self.tasks,
                times: self.times,
                contender: if contender.program.only_counts() {
                    format!("{name}, allocations counted")
                } else {
                    name.to_owned()
                },
                role: contender.program.role,
            },
            variant: name.to_owned(),
            program,
            rounds: self.rounds,
        }
    }
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
        times: 1,
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
        &[10, 1_000, 10_000]
    } else {
        &[10, 100, 1_000, 10_000]
    };
    rows.extend(lengths.iter().map(|length| heavy(Work::Load, 1, *length)));
    rows.extend(nodes(options, &row));
    rows.extend(growth(options, &heavy));
    rows.push(Row {
        times: LONG,
        rounds: 1,
        only_ours: true,
        ..row(Work::OwnAccounts, TASKS)
    });
    rows
}

/// Several processes on one database: accounts of their own, with many tasks and with one each, and one account for all.
fn nodes(options: &Options, row: &impl Fn(Work, usize) -> Row) -> Vec<Row> {
    let counts: &[u32] = if options.quick { &[2] } else { &[2, 4] };
    let works = [
        row(Work::OwnAccounts, 1),
        row(Work::OwnAccounts, TASKS),
        row(Work::OneAccount, TASKS),
    ];
    let rows = counts.iter().flat_map(|nodes| {
        works.map(|row| Row {
            nodes: *nodes,
            only_ours: true,
            ..row
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
    for work in [Work::OwnAccounts, Work::Append] {
        for tasks in tasks {
            // The sizes in turn, so that what is compared is measured one after the other.
            rows.extend(sizes.iter().map(|log| Row {
                log: *log,
                only_ours: true,
                ..heavy(work, *tasks, 0)
            }));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use bench_harness::{Description, VariantDescription, Work};
    use clap::Parser;

    use super::{OURS, cells};
    use crate::cell::Planned;
    use crate::contenders::{Built, Contender, PROGRAMS};
    use crate::options::Options;

    fn options(arguments: &[&str]) -> Options {
        let always = ["bench", "--url", "postgres:///x"];
        Options::parse_from(always.iter().chain(arguments))
    }

    /// Ours alone, leaving nothing out.
    fn plan(arguments: &[&str]) -> Vec<Planned> {
        let variant = VariantDescription {
            note: String::new(),
            left_out: [].into(),
        };
        let description = Description {
            crates: Vec::new(),
            variants: [(OURS.to_owned(), variant)].into(),
        };
        let built = Built {
            path: PathBuf::new(),
            description,
            versions: Vec::new(),
        };
        let contender = Contender {
            program: PROGRAMS[0],
            built: Ok(built),
        };
        cells(&options(arguments), &[contender])
    }

    #[test]
    fn the_full_plan_has_all_that_the_issue_names() {
        let plan = plan(&[]);
        let has = |is: &dyn Fn(&Planned) -> bool| plan.iter().any(is);
        for work in Work::ALL {
            assert!(has(&|planned| planned.cell.work == work), "{work}");
        }
        for tasks in [1, 8, 32, 128, 512] {
            for log in [0, 10_000, 1_000_000, 10_000_000] {
                let is = |planned: &Planned| {
                    let cell = &planned.cell;
                    cell.work == Work::OwnAccounts && (cell.tasks, cell.log) == (tasks, log)
                };
                assert!(has(&is), "{tasks} tasks, {log}");
            }
        }
        for length in [10, 100, 1_000, 10_000] {
            assert!(has(
                &|planned| planned.cell.work == Work::Load && planned.cell.length == length
            ));
        }
        for nodes in [1, 2, 4] {
            let hot = |planned: &Planned| {
                planned.cell.work == Work::OneAccount && planned.cell.nodes == nodes
            };
            assert!(has(&hot), "{nodes} nodes");
        }
    }

    #[test]
    fn the_quick_plan_loads_10_000_events_too() {
        let plan = plan(&["--quick"]);
        assert!(plan.iter().any(|planned| planned.cell.length == 10_000));
        assert!(plan.iter().all(|planned| planned.cell.log <= 100_000));
    }

    #[test]
    fn no_cell_is_planned_twice() {
        for arguments in [&[][..], &["--quick"]] {
            let plan = plan(arguments);
            let cells: BTreeSet<_> = plan.iter().map(|planned| &planned.cell).collect();
            assert_eq!(cells.len(), plan.len());
        }
    }

    #[test]
    fn a_filter_leaves_the_work_that_it_names() {
        let plan = plan(&["--work", "replay"]);
        assert!(!plan.is_empty());
        assert!(plan.iter().all(|planned| planned.cell.work == Work::Replay));
    }
}
