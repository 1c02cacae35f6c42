//! Mistakes that the compiler finds before a program runs; the message stands beside each.
//!
//! After a change of a message: `TRYBUILD=overwrite cargo test -p cqrs-testing --test ui`, then read the difference.

#[test]
fn each_mistake_has_its_message() {
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
}
