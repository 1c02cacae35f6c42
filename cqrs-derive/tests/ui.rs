//! Each mistake that a user can make has a file in `ui/fail` with the message beside it; each form that the macros take
//! has one in `ui/pass`, whose `main` checks what was generated.
//!
//! After a change of a message: `TRYBUILD=overwrite cargo test -p cqrs-derive --test ui`, then read the difference.

#[test]
fn each_form_works_and_each_mistake_has_its_message() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
