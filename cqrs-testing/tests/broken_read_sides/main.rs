//! The suite catches read sides that are broken: for each promise several, and each by the tests that are named here.

mod advance;
mod caught;
mod defect;
mod documents;
mod harness;
mod inline;
mod leases;
mod parked;
mod processors;
#[path = "../support/silent.rs"]
mod silent;
mod staged;
mod store;

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use cqrs_testing::conformance::read_side::{TESTS, cases};
use cqrs_testing::conformance::{Case, ConformanceTest, Failure, outcome};

use caught::CAUGHT;
use defect::Defect;
use harness::Broken;
use silent::on_silent_threads;

/// The store that is broken in no way passes everything, so that each defect alone is what a test catches.
mod intact {
    cqrs_testing::read_side_conformance!(crate::Broken);
}

fn case(name: &str) -> Case<Broken> {
    let mut cases = cases::<Broken>().into_iter();
    let case = cases.find(|case| case.test.name == name);
    case.unwrap_or_else(|| panic!("no test of the suite is called {name}"))
}

#[test]
fn every_broken_read_side_is_caught_by_the_tests_that_are_named() {
    let missed = on_silent_threads(async {
        let mut missed = Vec::new();
        for (defect, tests) in CAUGHT {
            for test in *tests {
                // A race is not lost each time.
                for tries_left in (0..TRIES).rev() {
                    let (harness, case) = (Broken::new(*defect), case(test));
                    let task = async move { outcome(&harness, case.run, LONGEST).await };
                    match tokio::spawn(task).await.expect("a failing test is caught") {
                        Err(Failure::Panicked(_)) => break,
                        Ok(()) if tries_left > 0 => {}
                        Ok(()) => missed.push(format!("{defect:?} passes {test}")),
                        Err(failure) => missed.push(format!("{defect:?}, {test}: {failure}")),
                    }
                }
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

/// How often a test may pass on a read side that is broken, before it is said not to see it.
const TRIES: usize = 5;

/// A broken read side fails tests; it does not hang them.
const LONGEST: Duration = Duration::from_secs(30);

/// Tells which tests catch each defect: `cargo test --test broken_read_sides -- --ignored --nocapture table`.
#[test]
#[ignore = "prints a table for people"]
fn table_of_what_catches_what() {
    on_silent_threads(async {
        for defect in Defect::ALL {
            let mut caught = Vec::new();
            for case in cases::<Broken>() {
                let (harness, name) = (Broken::new(*defect), case.test.name);
                let task = async move { outcome(&harness, case.run, Duration::from_secs(3)).await };
                if tokio::spawn(task)
                    .await
                    .expect("a failing test is caught")
                    .is_err()
                {
                    caught.push(name);
                }
            }
            println!("{defect:?}: {}", caught.join(" "));
        }
    });
}

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
fn every_promise_of_the_read_side_has_a_broken_one() {
    let promises: BTreeSet<_> = TESTS.iter().map(ConformanceTest::promise).collect();
    let tests = CAUGHT.iter().flat_map(|(_, tests)| *tests);
    let broken: BTreeSet<_> = tests.map(|test| case(test).test.promise()).collect();
    assert_eq!(broken, promises);
    let expected = "P1 P2 P3 P4 P5 P6";
    assert_eq!(promises.into_iter().collect::<Vec<_>>().join(" "), expected);
}
