//! The table of guarantees names every test of the conformance suite, of all its lists, and no other.

use std::fmt::Write;
use std::path::Path;
use std::{fs, io};

use cqrs_testing::conformance::{ConformanceTest, TESTS, read_side};

const MARK: &str =
    "<!-- The list below is written by `CQRS_WRITE_DOCS=1 cargo test -p cqrs-docs`. -->\n";

/// The tests of the store's list, then those of the read side's and those of projections.
fn tests() -> impl Iterator<Item = &'static ConformanceTest> {
    TESTS
        .iter()
        .chain(read_side::TESTS)
        .chain(read_side::PROJECTION_TESTS)
}

/// The tests of each promise, in the order of the lists.
fn list() -> String {
    let mut promises: Vec<&str> = Vec::new();
    for test in tests() {
        let promise = promise(test.name);
        if !promises.contains(&promise) {
            promises.push(promise);
        }
    }
    promises.sort_unstable();
    let mut text = String::new();
    for promise in promises {
        // Writing into a String can't fail.
        let _ = writeln!(text, "\n**{}**\n", promise.to_uppercase());
        for test in tests().filter(|test| self::promise(test.name) == promise) {
            let needs = match test.needs {
                [] => String::new(),
                needs => format!(" (needs `{}`)", needs.join("` and `")),
            };
            let _ = writeln!(text, "- `{}`{needs}", test.name);
        }
    }
    text
}

fn promise(test: &str) -> &str {
    test.split('_').next().unwrap_or(test)
}

#[test]
fn the_page_lists_the_tests_of_the_suite() -> io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("guarantees.md");
    let page = fs::read_to_string(&path)?;
    let (before, written) = page.split_once(MARK).expect("the page has its mark");
    let list = list();
    if std::env::var_os("CQRS_WRITE_DOCS").is_some() {
        return fs::write(path, format!("{before}{MARK}{list}"));
    }
    assert!(
        written == list,
        "docs/guarantees.md does not list the suite's tests: run `CQRS_WRITE_DOCS=1 cargo test -p cqrs-docs`"
    );
    Ok(())
}

#[test]
fn every_promise_of_the_suite_has_its_row() -> io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("guarantees.md");
    let page = fs::read_to_string(path)?;
    for test in tests() {
        let row = format!("| **{}** |", promise(test.name).to_uppercase());
        assert!(
            page.contains(&row),
            "{} has no row in docs/guarantees.md",
            test.name
        );
    }
    Ok(())
}
