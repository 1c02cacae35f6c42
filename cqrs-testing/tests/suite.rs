//! The suite itself: nothing is forgotten, and nothing passes that was not tried.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::store::SharedStore;
use cqrs_memory::Memory;
use cqrs_testing::conformance::{ConformanceTest, StoreHarness, TESTS, read_side};

/// A store that is gone when its process ends, and that one process can open.
struct Alone(Memory);

impl StoreHarness for Alone {
    async fn fresh() -> Self {
        Self(Memory::new())
    }

    fn store(&self) -> SharedStore {
        Arc::new(self.0.clone())
    }

    async fn store_with_limits(&self, limits: Limits) -> SharedStore {
        Arc::new(self.0.reopen_with_limits(limits))
    }

    async fn unrelated_transaction(&self) -> Box<dyn Send> {
        Box::new(())
    }
}

mod alone {
    cqrs_testing::conformance!(crate::Alone, without = [restart, second_handle, import]);
}

#[test]
fn what_a_store_can_not_do_is_ignored_and_everything_else_is_run() {
    let listed = |more: &[&str]| -> BTreeSet<String> {
        let this = std::env::current_exe().expect("a test has a path");
        let arguments = ["--list", "--format", "terse", "alone::"];
        let output = Command::new(this).args(arguments).args(more).output();
        let output = String::from_utf8(output.expect("a test lists its tests").stdout);
        let output = output.expect("names are text");
        let names = output
            .lines()
            .filter_map(|line| line.strip_prefix("alone::")?.strip_suffix(": test"));
        names.map(str::to_owned).collect()
    };
    let names = |of: fn(&ConformanceTest) -> bool| -> BTreeSet<String> {
        let tests = TESTS.iter().filter(|test| of(test));
        tests.map(|test| test.name.to_owned()).collect()
    };
    let is_ignored = |test: &ConformanceTest| {
        let mut needs = test.needs.iter();
        needs.any(|need| ["restart", "second_handle", "import"].contains(need))
    };
    assert_eq!(listed(&[]), names(|_| true), "all tests");
    assert_eq!(
        listed(&["--ignored"]),
        names(is_ignored),
        "the tests that are ignored"
    );
}

#[test]
fn every_test_that_is_written_is_in_the_list() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance");
    compare(&folder, "StoreHarness", TESTS);
    compare(
        &folder.join("read_side"),
        "ReadSideHarness",
        read_side::TESTS,
    );
}

/// The list has the functions of the folder that take a harness.
fn compare(folder: &Path, harness: &str, tests: &[ConformanceTest]) {
    let mut written = BTreeSet::new();
    for file in std::fs::read_dir(folder).expect("the folder of the suite can be read") {
        let path = file.expect("the folder of the suite can be read").path();
        if path.is_dir() {
            continue;
        }
        let module = path
            .file_stem()
            .expect("a file has a name")
            .to_string_lossy()
            .into_owned();
        let text = std::fs::read_to_string(&path).expect("a source file can be read");
        for function in text.split("\npub async fn ").skip(1) {
            let (signature, _) = function.split_once('{').expect("a function has a body");
            let (name, bounds) = signature.split_once('<').unwrap_or((signature, ""));
            if bounds.contains(harness) {
                written.insert((module.clone(), name.to_owned()));
            }
        }
    }
    let listed = tests
        .iter()
        .map(|test| (test.module.to_owned(), test.name.to_owned()));
    let listed: BTreeSet<_> = listed.collect();
    let missing: Vec<_> = written.symmetric_difference(&listed).collect();
    assert!(
        missing.is_empty(),
        "these are in the list or in a file, but not in both: {missing:?}"
    );
    assert_eq!(listed.len(), tests.len(), "each test is listed once");
}

#[test]
fn a_test_says_which_promise_it_is_about_and_what_it_states() {
    let mut tests = TESTS.iter();
    let test = tests.find(|test| test.name == "a3_one_of_the_racing_appends_wins");
    let test = test.expect("the test is in the list");
    assert_eq!(test.promise(), "A3");
    assert_eq!(test.sentence(), "one of the racing appends wins");
}
