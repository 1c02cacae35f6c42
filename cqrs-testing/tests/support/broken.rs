//! What tests of the suite itself share: a table says which of its tests catch which broken store, and all of it is tried.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use cqrs_testing::conformance::{Case, ConformanceTest, Failure, outcome};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::silent::on_silent_threads;

/// A defect with tests that catch it.
pub(crate) type Row<D> = (D, &'static [&'static str]);

/// How often a test may pass on a store that is broken, before it is said not to see it: a race is not lost each time.
const TRIES: usize = 5;

/// A broken store fails tests; it does not hang them.
const LONGEST: Duration = Duration::from_secs(30);

/// What is broken, how, and who sees it.
pub(crate) struct Table<D: 'static, H> {
    pub(crate) rows: Vec<Row<D>>,
    /// All defects.
    pub(crate) all: &'static [D],
    /// No defect.
    pub(crate) intact: D,
    pub(crate) cases: fn() -> Vec<Case<H>>,
    pub(crate) broken: fn(D) -> H,
}

impl<D, H> Table<D, H>
where
    D: Copy + Debug + Eq + Hash + Send + Sync,
    H: Send + Sync + 'static,
{
    fn case(&self, name: &str) -> Case<H> {
        let mut cases = (self.cases)().into_iter();
        let case = cases.find(|case| case.test.name == name);
        case.unwrap_or_else(|| panic!("no test of the suite is called {name}"))
    }

    /// Every defect is seen by every test that the table names; so many are tried at once.
    #[track_caller]
    pub(crate) fn is_right(&self, at_once: usize) {
        let missed = on_silent_threads(async {
            let permits = Arc::new(Semaphore::new(at_once));
            let mut running = JoinSet::new();
            for (defect, tests) in &self.rows {
                for test in *tests {
                    let (defect, broken, case) = (*defect, self.broken, self.case(test));
                    let permits = Arc::clone(&permits);
                    running.spawn(async move {
                        let _permit = permits.acquire().await.expect("nobody closes it");
                        let mut seen = Ok(());
                        for _ in 0..TRIES {
                            seen = outcome(&broken(defect), case.run, LONGEST).await;
                            if seen.is_err() {
                                break;
                            }
                        }
                        match seen {
                            Err(Failure::Panicked(_)) => None,
                            Ok(()) => Some(format!("{defect:?} passes {}", case.test.name)),
                            Err(failure) => {
                                Some(format!("{defect:?}, {}: {failure}", case.test.name))
                            }
                        }
                    });
                }
            }
            let outcomes = running.join_all().await;
            outcomes.into_iter().flatten().collect::<Vec<_>>()
        });
        assert!(
            missed.is_empty(),
            "the suite does not see these:\n{}",
            missed.join("\n")
        );
    }

    /// Prints which tests catch each defect, for people.
    pub(crate) fn print(&self) {
        const LONGEST: Duration = Duration::from_secs(3);
        on_silent_threads(async {
            for defect in self.all {
                let mut caught = Vec::new();
                for case in (self.cases)() {
                    let (defect, broken, name) = (*defect, self.broken, case.test.name);
                    let task = async move { outcome(&broken(defect), case.run, LONGEST).await };
                    let seen = tokio::spawn(task).await.expect("a failing test is caught");
                    if seen.is_err() {
                        caught.push(name);
                    }
                }
                println!("{defect:?}: {}", caught.join(" "));
            }
        });
    }

    /// No defect is forgotten, and none is there twice.
    #[track_caller]
    pub(crate) fn is_whole(&self) {
        let defects = self.all.iter().filter(|defect| **defect != self.intact);
        let table: HashSet<_> = self.rows.iter().map(|(defect, _)| defect).collect();
        assert_eq!(table, defects.collect());
        assert_eq!(table.len(), self.rows.len());
    }

    /// For each promise of the suite something is broken.
    #[track_caller]
    pub(crate) fn has_all_promises(&self, tests: &[ConformanceTest], expected: &str) {
        let promises: BTreeSet<_> = tests.iter().map(ConformanceTest::promise).collect();
        let named = self.rows.iter().flat_map(|(_, tests)| *tests);
        let broken: BTreeSet<_> = named.map(|test| self.case(test).test.promise()).collect();
        assert_eq!(broken, promises);
        assert_eq!(promises.into_iter().collect::<Vec<_>>().join(" "), expected);
    }
}
