//! The suite catches stores that are broken: for each promise at least one, and each by the tests that are named here.

mod append;
#[path = "../support/broken.rs"]
mod broken;
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

use cqrs_testing::conformance::{TESTS, cases};

use broken::Table;
use caught::CAUGHT;
use defect::Defect;
use harness::Broken;

/// The store that is broken in no way passes everything, so that each defect alone is what a test catches.
mod intact {
    cqrs_testing::conformance!(crate::Broken);
}

fn table() -> Table<Defect, Broken> {
    Table {
        rows: CAUGHT.to_vec(),
        all: Defect::ALL,
        intact: Defect::Intact,
        cases: cases::<Broken>,
        broken: Broken::new,
    }
}

#[test]
fn every_broken_store_is_caught_by_the_tests_that_are_named() {
    table().is_right(64);
}

/// `cargo test --test broken_stores -- --ignored --nocapture what_catches_what`.
#[test]
#[ignore = "prints a table for people"]
fn table_of_what_catches_what() {
    table().print();
}

#[test]
fn every_defect_is_in_the_table_once() {
    table().is_whole();
}

#[test]
fn every_promise_has_a_broken_store() {
    table().has_all_promises(TESTS, "A1 A2 A3 A4 A5 A6 A7 A8 F1 F2 F3 F4 F5 R1 R2 S1");
}
