//! Compiles and runs every line of Rust in README and docs: each file is the documentation of a module here.

#[doc = include_str!("../../README.md")]
pub mod readme {}

#[doc = include_str!("../book/writing-an-aggregate.md")]
pub mod writing_an_aggregate {}

#[doc = include_str!("../book/writing-a-backend.md")]
pub mod writing_a_backend {}

#[doc = include_str!("../guarantees.md")]
pub mod guarantees {}
