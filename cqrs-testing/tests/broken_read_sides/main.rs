//! The suite catches read sides that are broken: for each promise several, and each by the tests that are named here.

mod advance;
#[path = "../support/broken.rs"]
mod broken;
mod caught;
mod changed_steps;
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
mod transactions;

use cqrs_testing::conformance::Case;
use cqrs_testing::conformance::read_side::{TESTS, cases, projection_cases};

use broken::Table;
use caught::CAUGHT;
use defect::Defect;
use harness::Broken;

/// The store that is broken in no way passes everything, so that each defect alone is what a test catches.
mod intact {
    cqrs_testing::read_side_conformance!(crate::Broken);
    cqrs_testing::projection_conformance!(crate::Broken);
}

/// The tests of both lists.
fn all_cases() -> Vec<Case<Broken>> {
    let (read_side, projections) = (cases(), projection_cases());
    read_side.into_iter().chain(projections).collect()
}

fn table() -> Table<Defect, Broken> {
    Table {
        rows: CAUGHT.concat(),
        all: Defect::ALL,
        intact: Defect::Intact,
        cases: all_cases,
        broken: Broken::new,
    }
}

#[test]
fn every_broken_read_side_is_caught_by_the_tests_that_are_named() {
    // One after the other: many of them race, and shall have the machine for it.
    table().is_right(1);
}

/// `cargo test --test broken_read_sides -- --ignored --nocapture what_catches_what`.
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
    table().has_all_promises(TESTS, "F4 P1 P2 P3 P4 P5 P6");
}
