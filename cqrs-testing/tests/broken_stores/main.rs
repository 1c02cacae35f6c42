//! The suite catches stores that are broken: for each promise at least one, and each by the tests that are named here.

mod append;
mod caught;
mod defect;
mod harness;
mod import;
mod log;
mod matching;
mod read;
#[path = "../support/silent.rs"]
mod silent;
mod snapshots;
mod store;

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use cqrs_testing::conformance::{Case, ConformanceTest, Failure, TESTS, cases, outcome};

use caught::CAUGHT;
use defect::Defect;
use harness::Broken;
use silent::on_silent_threads;

/// The store that is broken in no way passes everything, so that each defect alone is what a test catches.
mod intact {
    cqrs_testing::conformance!(crate::Broken);
}

fn case(name: &str) -> Case<Broken> {
    let mut cases = cases::<Broken>().into_iter();
    let case = cases.find(|case| case.test.name == name);
    case.unwrap_or_else(|| panic!("no test of the suite is called {name}"))
}

#[test]
fn every_broken_store_is_caught_by_the_tests_that_are_named() {
    let missed = on_silent_threads(async {
        let mut running = Vec::new();
        for (defect, tests) in CAUGHT {
            for test in *tests {
                // A race is not lost each time.
                let task = async move {
                    let mut seen = Ok(());
                    for _ in 0..TRIES {
                        let (harness, case) = (Broken::new(*defect), case(test));
                        seen = outcome(&harness, case.run, LONGEST).await;
                        if seen.is_err() {
                            break;
                        }
                    }
                    seen
                };
                running.push((defect, test, tokio::spawn(task)));
            }
        }
        let mut missed = Vec::new();
        for (defect, test, task) in running {
            match task.await.expect("a failing test is caught") {
                Err(Failure::Panicked(_)) => {}
                Ok(()) => missed.push(format!("{defect:?} passes {test}")),
                Err(failure) => missed.push(format!("{defect:?}, {test}: {failure}")),
            }
        }
        missed
    });
    assert!(
        missed.is_empty(),
        "the suite does not see these:\n{}",
        missed.join("\n")
    );
}

/// How often a test may pass on a store that is broken, before it is said not to see it.
const TRIES: usize = 5;

/// A broken store fails tests; it does not hang them.
const LONGEST: Duration = Duration::from_secs(30);

#[test]
fn every_defect_is_in_the_table_once() {
    let table: Vec<_> = CAUGHT.iter().map(|(defect, _)| *defect).collect();
    let defects: Vec<_> = Defect::ALL
        .iter()
        .copied()
        .filter(|defect| *defect != Defect::Intact)
        .collect();
    assert_eq!(
        table.iter().collect::<HashSet<_>>(),
        defects.iter().collect()
    );
    assert_eq!(table.len(), defects.len());
}

#[test]
fn every_promise_of_the_suite_has_a_broken_store() {
    let promises: BTreeSet<_> = TESTS.iter().map(ConformanceTest::promise).collect();
    let tests = CAUGHT.iter().flat_map(|(_, tests)| *tests);
    let broken: BTreeSet<_> = tests.map(|test| case(test).test.promise()).collect();
    assert_eq!(broken, promises);
    let expected = "A1 A2 A3 A4 A5 A6 A7 A8 F1 F2 F3 F4 F5 R1 R2 S1";
    assert_eq!(promises.into_iter().collect::<Vec<_>>().join(" "), expected);
}
